package tableio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

var utf8BOM = []byte{0xef, 0xbb, 0xbf}

// decodeText returns the text of r without a byte order mark, from UTF-16 when the mark or
// the zero bytes of its first characters say so; head holds the first bytes of r, which are still to be read from it.
func decodeText(r io.Reader, head []byte) (io.Reader, error) {
	switch {
	case bytes.HasPrefix(head, utf8BOM):
		_, err := io.CopyN(io.Discard, r, int64(len(utf8BOM)))
		return r, err
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		_, err := io.CopyN(io.Discard, r, 2)
		return &utf16Reader{r: r, order: binary.LittleEndian}, err
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		_, err := io.CopyN(io.Discard, r, 2)
		return &utf16Reader{r: r, order: binary.BigEndian}, err
	case len(head) >= 4 && head[0] != 0 && head[1] == 0 && head[2] != 0 && head[3] == 0:
		return &utf16Reader{r: r, order: binary.LittleEndian}, nil
	case len(head) >= 4 && head[0] == 0 && head[1] != 0 && head[2] == 0 && head[3] != 0:
		return &utf16Reader{r: r, order: binary.BigEndian}, nil
	}
	if bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(head, '\r') >= 0 {
		return carriageReturns{r}, nil
	}
	return r, nil
}

// carriageReturns reads text whose lines end in CR alone, as old spreadsheets on the Macintosh
// write it.
type carriageReturns struct{ r io.Reader }

func (c carriageReturns) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	for i, b := range p[:n] {
		if b == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// A utf16Reader turns UTF-16 into UTF-8. Half a surrogate pair becomes U+FFFD.
type utf16Reader struct {
	r     io.Reader
	order binary.ByteOrder
	in    [4096]byte
	have  int    // bytes of in not yet decoded
	out   []byte // decoded, not yet handed out
	err   error
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.out) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		n, err := io.ReadAtLeast(u.r, u.in[u.have:], 1)
		u.have += n
		u.err = err
		i := 0
		for ; i+2 <= u.have; i += 2 {
			c := rune(u.order.Uint16(u.in[i:]))
			if utf16.IsSurrogate(c) {
				if i+4 > u.have && err == nil {
					break
				}
				pair := utf8.RuneError
				if i+4 <= u.have {
					pair = utf16.DecodeRune(c, rune(u.order.Uint16(u.in[i+2:])))
				}
				if c = pair; pair != utf8.RuneError {
					i += 2
				}
			}
			u.out = utf8.AppendRune(u.out, c)
		}
		if err != nil && u.have-i == 1 {
			u.err = errors.New("UTF-16 text ends within a character")
		}
		u.have = copy(u.in[:], u.in[i:u.have])
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	if len(u.out) == 0 {
		u.out = u.out[:0:0]
	}
	return n, nil
}

// windows1252 maps the bytes 0x80–0x9f to characters; 0 marks the five that have none.
// All other bytes stand for the Unicode character of the same number.
var windows1252 = [32]rune{
	'€', 0, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0, 'Ž', 0,
	0, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0, 'ž', 'Ÿ',
}

// decodeLabel returns text as UTF-8. Text that is not UTF-8 is read as Windows-1252, of which
// Latin-1 is a part; changed says so. ok is false for bytes that mean nothing there either.
func decodeLabel(b []byte) (text string, changed, ok bool) {
	if utf8.Valid(b) {
		return string(b), false, bytes.IndexByte(b, 0) < 0
	}
	out := make([]rune, 0, len(b))
	for _, c := range b {
		r := rune(c)
		if c >= 0x80 && c < 0xa0 {
			r = windows1252[c-0x80]
		}
		if r == 0 {
			return "", true, false
		}
		out = append(out, r)
	}
	return string(out), true, true
}
