package tableio

import (
	"encoding/binary"
	"errors"
)

// The metadata of a Parquet file are structs in Thrift's compact protocol. They are parsed into maps from field
// number to value, within bounds: a list cannot claim more elements than there are bytes, and the number of
// values in all is limited.

type thriftStruct map[int16]any // int64, bool, []byte, []any or thriftStruct; doubles and maps are skipped

const (
	maxThriftNodes = 4 << 20
	maxThriftDepth = 32
)

var errThrift = errors.New("its metadata are damaged")

type thriftParser struct {
	src   []byte
	pos   int
	nodes int
}

// parseThrift parses one struct and returns the number of bytes it took. errShort says that src ends too early.
func parseThrift(src []byte) (s thriftStruct, n int, err error) {
	p := &thriftParser{src: src}
	s, err = p.structure(0)
	return s, p.pos, err
}

var errShort = errors.New("its metadata end too early")

func (p *thriftParser) byte() (byte, error) {
	if p.pos >= len(p.src) {
		return 0, errShort
	}
	p.pos++
	return p.src[p.pos-1], nil
}

func (p *thriftParser) uvarint() (uint64, error) {
	v, n := binary.Uvarint(p.src[p.pos:])
	if n == 0 {
		return 0, errShort
	}
	if n < 0 {
		return 0, errThrift
	}
	p.pos += n
	return v, nil
}

func (p *thriftParser) zigzag() (int64, error) {
	v, err := p.uvarint()
	return int64(v>>1) ^ -int64(v&1), err
}

func (p *thriftParser) structure(depth int) (thriftStruct, error) {
	if depth > maxThriftDepth {
		return nil, errThrift
	}
	s := thriftStruct{}
	id := int16(0)
	for {
		head, err := p.byte()
		if err != nil {
			return nil, err
		}
		if head == 0 {
			return s, nil
		}
		if delta := head >> 4; delta > 0 {
			id += int16(delta)
		} else {
			v, err := p.zigzag()
			if err != nil {
				return nil, err
			}
			id = int16(v)
		}
		switch typ := head & 15; typ {
		case 1, 2:
			s[id] = typ == 1
		default:
			v, err := p.value(typ, depth)
			if err != nil {
				return nil, err
			}
			if v != nil {
				s[id] = v
			}
		}
	}
}

func (p *thriftParser) value(typ byte, depth int) (any, error) {
	if p.nodes++; p.nodes > maxThriftNodes {
		return nil, errThrift
	}
	switch typ {
	case 1, 2: // within a list
		b, err := p.byte()
		return b == 1, err
	case 3:
		b, err := p.byte()
		return int64(int8(b)), err
	case 4, 5, 6:
		v, err := p.zigzag()
		return v, err
	case 7:
		if len(p.src)-p.pos < 8 {
			return nil, errShort
		}
		p.pos += 8
		return nil, nil
	case 8:
		n, err := p.uvarint()
		if err != nil {
			return nil, err
		}
		if n > uint64(len(p.src)-p.pos) {
			return nil, errShort
		}
		v := p.src[p.pos : p.pos+int(n)]
		p.pos += int(n)
		return v, nil
	case 9, 10:
		head, err := p.byte()
		if err != nil {
			return nil, err
		}
		n := uint64(head >> 4)
		if n == 15 {
			if n, err = p.uvarint(); err != nil {
				return nil, err
			}
		}
		if n > uint64(len(p.src)-p.pos) {
			return nil, errShort
		}
		var list []any
		for range n {
			v, err := p.value(head&15, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case 11:
		n, err := p.uvarint()
		if err != nil || n == 0 {
			return nil, err
		}
		types, err := p.byte()
		if err != nil {
			return nil, err
		}
		if n > uint64(len(p.src)-p.pos) {
			return nil, errShort
		}
		for range n {
			if _, err := p.value(types>>4, depth+1); err != nil {
				return nil, err
			}
			if _, err := p.value(types&15, depth+1); err != nil {
				return nil, err
			}
		}
		return nil, nil
	case 12:
		return p.structure(depth + 1)
	}
	return nil, errThrift
}

// whole, bytes, list and structure return a field, or the zero value when it is not there or of another type.
func (s thriftStruct) whole(id int16) int64 { v, _ := s[id].(int64); return v }

func (s thriftStruct) bytes(id int16) []byte { v, _ := s[id].([]byte); return v }

func (s thriftStruct) list(id int16) []any { v, _ := s[id].([]any); return v }

func (s thriftStruct) structure(id int16) thriftStruct { v, _ := s[id].(thriftStruct); return v }
