package client

// Check says whether an address could be fetched as far as can be told without
// asking anybody: its form, its port, and the host where it is written as an
// address. What a name leads to is judged when it is connected. Errors are of
// type *Error.
func (c *Client) Check(rawURL string) error {
	t, err := parseTarget(rawURL)
	if err != nil {
		return err
	}
	if err := c.guard.precheck(t); err != nil {
		return classify(err, t.url.String(), t.host, false)
	}
	return nil
}
