package feed

import (
	"bytes"
	"encoding/xml"
)

// document marshals a root element behind the XML declaration. What we marshal
// are plain structs of strings, so that it cannot fail. items is how many bytes of
// it are written already.
func document(root any, items int) []byte {
	var b bytes.Buffer
	b.Grow(items + 4096)
	b.WriteString(xml.Header)
	enc := xml.NewEncoder(&b)
	enc.Indent("", " ")
	if err := enc.Encode(root); err != nil {
		panic("feed: " + err.Error())
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// fragment marshals one item on lines of its own.
func fragment(item any) []byte {
	b, err := xml.MarshalIndent(item, "  ", " ")
	if err != nil {
		panic("feed: " + err.Error())
	}
	return append([]byte("\n"), b...)
}
