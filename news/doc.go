// Package news is the vocabulary of tinhub: plain values and pure rules, no I/O.
//
// A source is polled and gives entries; entries become articles (one piece of
// news, however often and wherever it was seen); articles that tell the same
// text are one story; stories are filed under channels (topics, provinces and
// everything), and each channel is published as outputs, one a format.
//
// Every other room speaks in these values, so none of them needs to know how
// they are stored or where they came from.
package news
