package tableio

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/parquet/compress"
)

// A Parquet file is read page by page, column beside column. The pages are decoded here, with the Arrow library's
// codecs: its own column readers trust what a file says about itself (they allocate what a page header claims, and do not
// return from definition levels that are shorter than declared), and a table needs flat columns only.

const (
	maxFooter     = 32 << 20
	maxPage       = 256 << 20 // bytes of a page, uncompressed
	maxPages      = 1 << 30   // bytes of the current pages and dictionaries of all columns
	maxPageHeader = 256 << 10
	maxDictionary = 4 << 20 // values
	maxZstdWindow = 128 << 20
	// rowsPerByte bounds the rows a file can claim: a page of equal values takes some 60 bytes and holds a
	// million rows at most in what writers make.
	rowsPerByte = 1 << 14
)

type physical int64

// Physical types, by their numbers in the format.
const (
	boolean physical = iota
	int32s
	int64s
	int96s
	floats
	doubles
	byteArrays
	fixedArrays
)

// A parquetColumn is a flat column: its type and its place in the current row group.
type parquetColumn struct {
	name     string
	typ      physical
	length   int // of fixedArrays
	optional bool
	format   func(dst []byte, v int64) []byte // of whole numbers that mean something else: decimals, dates
	scale    int                              // of decimals in byte arrays; -1: not a decimal
	chunk    *parquetChunk
	text     []byte // the rendered value
}

type parquetReader struct {
	file    string
	r       io.ReaderAt
	size    int64
	columns []*parquetColumn
	groups  []any
	group   int   // next row group
	left    int64 // rows left in the current one
	rows    int64
	names   []string
	fields  [][]byte
	budget  int64
}

func newParquetReader(r io.ReaderAt, size int64, file string) (*parquetReader, error) {
	p := &parquetReader{file: file, r: r, size: size, budget: maxPages}
	refuse := func(format string, args ...any) error {
		return p.fail(0, -1, "the Parquet file cannot be read: "+format, args...)
	}
	tail := make([]byte, 8)
	if size < 12 {
		return nil, refuse("it is cut off")
	}
	if _, err := r.ReadAt(tail, size-8); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	switch string(tail[4:]) {
	case "PAR1":
	case "PARE":
		return nil, refuse("it is encrypted")
	default:
		return nil, refuse("it is cut off, or damaged at its end")
	}
	length := int64(binary.LittleEndian.Uint32(tail))
	if length > size-12 || length > maxFooter {
		return nil, refuse("its footer claims %d bytes", length)
	}
	footer := make([]byte, length)
	if _, err := r.ReadAt(footer, size-8-length); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	meta, _, err := parseThrift(footer)
	if err != nil {
		return nil, refuse("%v", err)
	}
	if err := p.schema(meta.list(2)); err != nil {
		return nil, err
	}
	p.groups = meta.list(4)
	total := int64(0)
	for _, g := range p.groups {
		group, _ := g.(thriftStruct)
		rows := group.whole(3)
		if rows < 0 || len(group.list(1)) != len(p.columns) || total > math.MaxInt64-rows {
			return nil, refuse("its metadata are damaged")
		}
		total += rows
	}
	if total > size*rowsPerByte {
		return nil, refuse("it claims %d rows, more than its %d bytes can hold", total, size)
	}
	if claimed := meta.whole(3); claimed != total {
		return nil, refuse("it claims %d rows, and its row groups %d", claimed, total)
	}
	return p, nil
}

// schema reads the columns, which follow the root in the list of schema elements.
func (p *parquetReader) schema(elements []any) error {
	if len(elements) < 2 {
		return p.fail(0, -1, "the Parquet file has no columns")
	}
	if len(elements) > maxColumns+1 {
		return p.fail(0, -1, "the file has %d columns: keep the lists, the count and the covariates only", len(elements)-1)
	}
	for _, e := range elements[1:] {
		s, _ := e.(thriftStruct)
		name := strings.TrimSpace(string(s.bytes(4)))
		if _, nested := s[5]; nested && s.whole(5) != 0 || s.whole(3) == 2 {
			return p.fail(0, -1, "the column %s is nested (a list or a structure): a table has plain columns", quote(name))
		}
		c := &parquetColumn{name: name, typ: physical(s.whole(1)), length: int(s.whole(2)), optional: s.whole(3) == 1, scale: -1}
		if c.typ < boolean || c.typ > fixedArrays || c.typ == fixedArrays && (c.length <= 0 || c.length > 1<<10) {
			return p.fail(0, -1, "the column %s has a type that is not read: write it as text or whole numbers", quote(name))
		}
		c.interpret(s)
		p.columns = append(p.columns, c)
		p.names = append(p.names, name)
	}
	p.fields = make([][]byte, len(p.columns))
	return nil
}

// interpret sets how whole numbers of a column are written, from its logical or older converted type.
func (c *parquetColumn) interpret(s thriftStruct) {
	converted, has := s[6].(int64)
	if !has {
		converted = -1
	}
	logical := s.structure(10)
	since1970 := func(unit time.Duration) func([]byte, int64) []byte {
		per := int64(time.Second / unit)
		return func(dst []byte, v int64) []byte {
			return appendTime(dst, time.Unix(floorDiv(v, per), (v-floorDiv(v, per)*per)*int64(unit)).UTC())
		}
	}
	integer := logical.structure(10)
	switch {
	case logical[5] != nil || converted == 5:
		c.scale = int(s.whole(7))
		if d := logical.structure(5); d != nil {
			c.scale = int(d.whole(1))
		}
		c.scale = min(max(c.scale, 0), 100)
		c.format = func(dst []byte, v int64) []byte { return appendDecimal(dst, strconv.FormatInt(v, 10), c.scale) }
	case logical[6] != nil || converted == 6:
		c.format = func(dst []byte, v int64) []byte {
			return time.Unix(v*86400, 0).UTC().AppendFormat(dst, time.DateOnly)
		}
	case logical[8] != nil:
		unit := time.Nanosecond
		switch u := logical.structure(8).structure(2); {
		case u[1] != nil:
			unit = time.Millisecond
		case u[2] != nil:
			unit = time.Microsecond
		}
		c.format = since1970(unit)
	case converted == 9:
		c.format = since1970(time.Millisecond)
	case converted == 10:
		c.format = since1970(time.Microsecond)
	case integer != nil && integer[2] == false || converted >= 11 && converted <= 14:
		c.format = func(dst []byte, v int64) []byte {
			if c.typ == int32s {
				return strconv.AppendUint(dst, uint64(uint32(v)), 10)
			}
			return strconv.AppendUint(dst, uint64(v), 10)
		}
	}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// appendTime writes a moment, as a date alone when it is midnight.
func appendTime(dst []byte, t time.Time) []byte {
	if h, m, s := t.Clock(); h == 0 && m == 0 && s == 0 && t.Nanosecond() == 0 {
		return t.AppendFormat(dst, time.DateOnly)
	}
	return t.AppendFormat(dst, "2006-01-02T15:04:05.999999999")
}

// appendDecimal puts the point into an unscaled decimal; a whole number has none.
func appendDecimal(dst []byte, unscaled string, scale int) []byte {
	sign := ""
	if unscaled[0] == '-' {
		sign, unscaled = "-", unscaled[1:]
	}
	for len(unscaled) <= scale {
		unscaled = "0" + unscaled
	}
	point := len(unscaled) - scale
	dst = append(append(dst, sign...), unscaled[:point]...)
	if fraction := bytes.TrimRight([]byte(unscaled[point:]), "0"); len(fraction) > 0 {
		dst = append(append(dst, '.'), fraction...)
	}
	return dst
}

func (p *parquetReader) header() []string { return p.names }
func (p *parquetReader) row() int         { return int(p.rows) }
func (p *parquetReader) number(column int) bool {
	t := p.columns[column].typ
	return t != boolean && t != byteArrays && t != fixedArrays
}

func (p *parquetReader) next() ([][]byte, error) {
	for p.left == 0 {
		if p.group == len(p.groups) {
			return nil, io.EOF
		}
		if err := p.open(p.groups[p.group].(thriftStruct)); err != nil {
			return nil, err
		}
		p.group++
	}
	p.left--
	p.rows++
	for j, c := range p.columns {
		v, err := c.value()
		if err != nil {
			return nil, p.fail(int(p.rows), j, "the Parquet file cannot be read beyond this row: %v", err)
		}
		p.fields[j] = v
	}
	return p.fields, nil
}

// open starts a row group.
func (p *parquetReader) open(group thriftStruct) error {
	p.left = group.whole(3)
	for j, x := range group.list(1) {
		column, _ := x.(thriftStruct)
		meta := column.structure(3)
		if column[1] != nil {
			return p.fail(0, j, "the data of the column are in another file: write the table as one file")
		}
		if column[8] != nil {
			return p.fail(0, j, "the column is encrypted")
		}
		start, length := meta.whole(9), meta.whole(7)
		if d, ok := meta[11].(int64); ok && d > 0 && d < start {
			start = d
		}
		if start < 0 || length < 0 || start > p.size || length > p.size-start {
			return p.fail(0, j, "the Parquet file cannot be read: the column claims %d bytes at %d of a file of %d", length, start, p.size)
		}
		if n := meta.whole(5); n != p.left {
			return p.fail(0, j, "the Parquet file cannot be read: the column claims %d values in a group of %d rows", n, p.left)
		}
		codec, err := compress.GetCodec(compress.Compression(meta.whole(4)))
		if err != nil {
			return p.fail(0, j, "the column is compressed in a way that is not read: write the file with Snappy, Gzip or Zstandard")
		}
		if c := p.columns[j].chunk; c != nil {
			c.release()
		}
		p.columns[j].chunk = &parquetChunk{column: p.columns[j], r: bufio.NewReaderSize(io.NewSectionReader(p.r, start, length), 16<<10), bytes: length, values: p.left,
			codec: codec, compression: meta.whole(4), budget: &p.budget}
	}
	return nil
}

func (p *parquetReader) fail(row, column int, format string, args ...any) *SyntaxError {
	return &SyntaxError{File: p.file, Row: row, Column: columnName(p.names, column), Msg: fmt.Sprintf(format, args...)}
}

// value returns the next value of a column as text, nil for null.
func (c *parquetColumn) value() ([]byte, error) {
	k := c.chunk
	for k.page == 0 {
		if err := k.nextPage(); err != nil {
			return nil, err
		}
	}
	k.page--
	if c.optional {
		defined, ok := k.levels.next()
		if !ok {
			return nil, errPage
		}
		if defined == 0 {
			return nil, nil
		}
	}
	if k.indexed {
		i, ok := k.indices.next()
		if !ok || int(i) >= len(k.dictionary) {
			return nil, errPage
		}
		return k.dictionary[i], nil
	}
	v, err := k.plain(c.text[:0])
	c.text = v
	return v, err
}

var (
	errPage = errors.New("a page holds less than it says; the file is damaged")
	errSize = errors.New("a page is larger than its file allows; the file is damaged")
)

// A parquetChunk is the data of one column in one row group.
type parquetChunk struct {
	column      *parquetColumn
	r           *bufio.Reader
	bytes       int64 // left in the file
	values      int64 // left in pages to come
	codec       compress.Codec
	compression int64
	budget      *int64
	held        int64 // of the budget, by the page and by the dictionary
	heldDict    int64
	dictionary  [][]byte

	page       int64 // values left in the page
	data       []byte
	compressed []byte
	levels     hybrid
	indexed    bool
	indices    hybrid
	boolRun    *hybrid // booleans in runs
	bit        int     // of plain booleans
	delta      *deltaReader
	lengths    *deltaReader // of byte arrays whose lengths stand in front
}

func (k *parquetChunk) take(n int64) error {
	if n > *k.budget {
		return errors.New("its pages are too large to be read together: write the file with smaller row groups")
	}
	*k.budget -= n
	return nil
}

func (k *parquetChunk) release() {
	*k.budget += k.held + k.heldDict
	k.held, k.heldDict = 0, 0
}

// nextPage reads pages up to the next one with data.
func (k *parquetChunk) nextPage() error {
	for {
		*k.budget += k.held
		k.held = 0
		header, err := k.header()
		if err != nil {
			return err
		}
		packed, size := header.whole(3), header.whole(2)
		if packed < 0 || packed > k.bytes || size < 0 || size > maxPage {
			return errSize
		}
		if err := k.take(size); err != nil {
			return err
		}
		k.held = size
		if int64(cap(k.compressed)) < packed {
			k.compressed = make([]byte, packed)
		}
		k.compressed = k.compressed[:packed]
		if _, err := io.ReadFull(k.r, k.compressed); err != nil {
			return errPage
		}
		k.bytes -= packed
		switch header.whole(1) {
		case 0:
			if k.data, err = k.unpack(k.compressed, size, k.data); err != nil {
				return err
			}
			h := header.structure(5)
			rest := k.data
			if k.column.optional {
				if encoding := h.whole(3); encoding != 3 {
					return fmt.Errorf("its definition levels have the encoding %d, which is not read", encoding)
				}
				if len(rest) < 4 {
					return errPage
				}
				n := int64(binary.LittleEndian.Uint32(rest))
				if n > int64(len(rest)-4) {
					return errPage
				}
				k.levels = hybrid{data: rest[4 : 4+n], width: 1}
				rest = rest[4+n:]
			}
			return k.begin(h.whole(1), h.whole(2), rest)
		case 2:
			if k.dictionary != nil {
				return errors.New("a column has two dictionaries; the file is damaged")
			}
			data, err := k.unpack(k.compressed, size, nil)
			if err != nil {
				return err
			}
			k.heldDict, k.held = k.held, 0
			if err := k.readDictionary(header.structure(7).whole(1), data); err != nil {
				return err
			}
		case 3:
			h := header.structure(8)
			defined, repeated := h.whole(5), h.whole(6)
			if defined < 0 || repeated != 0 || defined > packed || defined > size {
				return errPage
			}
			if compressed, ok := h[7].(bool); ok && !compressed {
				if packed != size {
					return errPage
				}
				k.data = append(k.data[:0], k.compressed...)
			} else {
				body, err := k.unpack(k.compressed[defined:], size-defined, k.data)
				if err != nil {
					return err
				}
				k.data = body
				k.levels = hybrid{data: bytes.Clone(k.compressed[:defined]), width: 1}
				return k.begin(h.whole(1), h.whole(4), k.data)
			}
			k.levels = hybrid{data: k.data[:defined], width: 1}
			return k.begin(h.whole(1), h.whole(4), k.data[defined:])
		}
	}
}

// header parses the header of the next page.
func (k *parquetChunk) header() (thriftStruct, error) {
	for n := 1 << 10; ; n *= 4 {
		if n > k.r.Size() {
			if n > maxPageHeader {
				return nil, errors.New("a page header is too long; the file is damaged")
			}
			k.r = bufio.NewReaderSize(k.r, n)
		}
		head, err := k.r.Peek(n)
		if err != nil && err != io.EOF {
			return nil, err
		}
		if len(head) == 0 {
			return nil, errPage
		}
		s, used, parsed := parseThrift(head)
		if parsed == nil {
			k.r.Discard(used)
			k.bytes -= int64(used)
			return s, nil
		}
		if parsed != errShort || err == io.EOF {
			return nil, errThrift
		}
	}
}

// unpack decompresses a page to the size its header gives, into dst when that has room.
func (k *parquetChunk) unpack(src []byte, size int64, dst []byte) (out []byte, err error) {
	defer rescue(&err, "a page cannot be decompressed")
	if int64(cap(dst)) < size {
		dst = make([]byte, size)
	}
	dst = dst[:size]
	switch k.compression {
	case 0:
		if int64(len(src)) != size {
			return nil, errPage
		}
		copy(dst, src)
		return dst, nil
	case 1: // Snappy says the size first, and would allocate it
		if n, used := binary.Uvarint(src); used <= 0 || n != uint64(size) {
			return nil, errPage
		}
	case 6:
		if size == 0 && len(src) == 0 {
			return dst, nil
		}
		if err := checkZstd(src); err != nil {
			return nil, err
		}
		r := k.codec.NewReader(bytes.NewReader(src))
		defer r.Close()
		if _, err := io.ReadFull(r, dst); err != nil {
			return nil, errPage
		}
		return dst, nil
	}
	if size == 0 {
		return dst, nil
	}
	if out = k.codec.Decode(dst, src); int64(len(out)) != size {
		return nil, errPage
	}
	return out, nil
}

// checkZstd refuses a frame that asks for a large window (RFC 8878, section 3.1.1.1).
func checkZstd(src []byte) error {
	if len(src) < 6 || binary.LittleEndian.Uint32(src) != 0xfd2fb528 {
		return errPage
	}
	if single := src[4]&0x20 != 0; single {
		return nil // the window is the size of the content, which is bounded by what is read
	}
	window := uint64(1) << (10 + src[5]>>3)
	window += window / 8 * uint64(src[5]&7)
	if window > maxZstdWindow {
		return errSize
	}
	return nil
}

// begin sets up the decoding of a page of n values.
func (k *parquetChunk) begin(n, encoding int64, data []byte) error {
	if n < 0 || n > k.values {
		return errPage
	}
	k.values -= n
	k.page = n
	k.indexed, k.boolRun, k.delta, k.lengths, k.bit = false, nil, nil, nil, 0
	k.data = data
	switch typ := k.column.typ; {
	case encoding == 0:
	case encoding == 2 || encoding == 8:
		k.indexed = true
		if n == 0 {
			return nil
		}
		if k.dictionary == nil || len(data) == 0 && !k.column.optional {
			return errPage
		}
		if len(data) == 0 { // all null
			k.indices = hybrid{}
			return nil
		}
		if data[0] > 32 {
			return errPage
		}
		k.indices = hybrid{data: data[1:], width: uint(data[0])}
	case encoding == 3 && typ == boolean:
		if n == 0 || len(data) < 4 {
			return nil
		}
		k.boolRun = &hybrid{data: data[4:], width: 1}
	case encoding == 5 && (typ == int32s || typ == int64s):
		k.delta = newDelta(data)
	case encoding == 6 && typ == byteArrays:
		// The lengths come first; a first pass over them finds the texts.
		scan := newDelta(data)
		for range scan.count {
			if _, ok := scan.next(); !ok {
				return errPage
			}
		}
		k.lengths = newDelta(data)
		k.data = data[scan.end():]
	default:
		return fmt.Errorf("it has the encoding %d, which is not read: write the file without delta strings or byte streams, as most programs do by default", encoding)
	}
	return nil
}

// readDictionary renders the values of a dictionary.
func (k *parquetChunk) readDictionary(n int64, data []byte) error {
	if n < 0 || n > maxDictionary || n > int64(len(data)) {
		return fmt.Errorf("its dictionary claims %d values in %d bytes", n, len(data))
	}
	if err := k.take(32 * n); err != nil {
		return err
	}
	k.heldDict += 32 * n
	k.data = data
	k.dictionary = make([][]byte, 0, n)
	k.boolRun, k.delta, k.lengths, k.bit = nil, nil, nil, 0
	for range n {
		v, err := k.plain(nil)
		if err != nil {
			return err
		}
		if v == nil {
			v = []byte{}
		}
		k.dictionary = append(k.dictionary, v)
	}
	k.data = nil
	return nil
}

// plain appends the next value of the page to dst.
func (k *parquetChunk) plain(dst []byte) ([]byte, error) {
	c := k.column
	need := func(n int) ([]byte, error) {
		if n < 0 || n > len(k.data) {
			return nil, errPage
		}
		v := k.data[:n]
		k.data = k.data[n:]
		return v, nil
	}
	whole := func(v int64) ([]byte, error) {
		if c.format != nil {
			return c.format(dst, v), nil
		}
		return strconv.AppendInt(dst, v, 10), nil
	}
	if k.delta != nil {
		v, ok := k.delta.next()
		if !ok {
			return nil, errPage
		}
		if c.typ == int32s {
			v = int64(int32(v))
		}
		return whole(v)
	}
	switch c.typ {
	case boolean:
		var on bool
		if k.boolRun != nil {
			v, ok := k.boolRun.next()
			if !ok {
				return nil, errPage
			}
			on = v == 1
		} else {
			if k.bit/8 >= len(k.data) {
				return nil, errPage
			}
			on = k.data[k.bit/8]>>(k.bit%8)&1 == 1
			k.bit++
		}
		return strconv.AppendBool(dst, on), nil
	case int32s:
		b, err := need(4)
		if err != nil {
			return nil, err
		}
		return whole(int64(int32(binary.LittleEndian.Uint32(b))))
	case int64s:
		b, err := need(8)
		if err != nil {
			return nil, err
		}
		return whole(int64(binary.LittleEndian.Uint64(b)))
	case int96s: // an old way to write moments: nanoseconds of the day and the Julian day
		b, err := need(12)
		if err != nil {
			return nil, err
		}
		const julian1970 = 2440588
		day := int64(binary.LittleEndian.Uint32(b[8:])) - julian1970
		return appendTime(dst, time.Unix(day*86400, int64(binary.LittleEndian.Uint64(b)%uint64(24*time.Hour))).UTC()), nil
	case floats:
		b, err := need(4)
		if err != nil {
			return nil, err
		}
		return appendFloat(dst, float64(math.Float32frombits(binary.LittleEndian.Uint32(b))), 32), nil
	case doubles:
		b, err := need(8)
		if err != nil {
			return nil, err
		}
		return appendFloat(dst, math.Float64frombits(binary.LittleEndian.Uint64(b)), 64), nil
	}
	n := c.length
	switch {
	case k.lengths != nil:
		v, ok := k.lengths.next()
		if !ok || v < 0 || v > int64(len(k.data)) {
			return nil, errPage
		}
		n = int(v)
	case c.typ == byteArrays:
		b, err := need(4)
		if err != nil {
			return nil, err
		}
		n = int(int32(binary.LittleEndian.Uint32(b)))
	}
	b, err := need(n)
	if err != nil {
		return nil, err
	}
	if c.scale >= 0 && len(b) > 0 { // a big-endian decimal
		v := new(big.Int).SetBytes(b[:min(len(b), 64)])
		if b[0] >= 0x80 {
			v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*min(len(b), 64))))
		}
		return appendDecimal(dst, v.String(), c.scale), nil
	}
	return append(dst, b...), nil
}

// appendFloat writes a number from a database; NaN, pandas' way to write a missing value, is empty.
func appendFloat(dst []byte, x float64, bits int) []byte {
	if math.IsNaN(x) {
		return dst
	}
	if a := math.Abs(x); a < 1e15 && a == math.Trunc(a) {
		return strconv.AppendInt(dst, int64(x), 10)
	}
	return strconv.AppendFloat(dst, x, 'g', -1, bits)
}

// A hybrid decodes Parquet's mixture of runs and bit-packed groups.
type hybrid struct {
	data   []byte
	width  uint
	run    uint64 // values left in a run
	value  uint32
	packed uint64 // values left in bit-packed groups
	bits   uint64 // position in data, of the next of them
}

func (h *hybrid) next() (uint32, bool) {
	for h.run == 0 && h.packed == 0 {
		head, n := binary.Uvarint(h.data)
		if n <= 0 {
			return 0, false
		}
		h.data = h.data[n:]
		if head&1 == 0 {
			h.run = head >> 1
			size := int(h.width+7) / 8
			if size > len(h.data) {
				return 0, false
			}
			h.value = 0
			for i, b := range h.data[:size] {
				h.value |= uint32(b) << (8 * i)
			}
			h.data = h.data[size:]
			continue
		}
		groups := head >> 1
		if h.width > 0 && groups > uint64(len(h.data))/uint64(h.width) {
			// A writer may cut the padding of the last group.
			groups = (uint64(len(h.data)) + uint64(h.width) - 1) / uint64(h.width)
		}
		if groups > math.MaxInt64/8 {
			return 0, false
		}
		h.packed, h.bits = 8*groups, 0
	}
	if h.run > 0 {
		h.run--
		return h.value, true
	}
	var v uint64
	at := h.bits / 8
	if h.width > 0 {
		if h.bits+uint64(h.width) > 8*uint64(len(h.data)) {
			return 0, false
		}
		for i := uint64(0); i < 5 && at+i < uint64(len(h.data)); i++ {
			v |= uint64(h.data[at+i]) << (8 * i)
		}
		v = v >> (h.bits % 8) & (1<<h.width - 1)
		h.bits += uint64(h.width)
	}
	if h.packed--; h.packed == 0 {
		h.data = h.data[min((h.bits+7)/8, uint64(len(h.data))):]
	}
	return uint32(v), true
}

// A deltaReader decodes DELTA_BINARY_PACKED whole numbers.
type deltaReader struct {
	data    []byte
	pos     int
	count   int64 // values in all
	given   int64
	last    int64
	per     int64 // values of a miniblock
	minis   int64
	least   int64 // smallest difference of the block
	widths  []byte
	mini    int64
	left    int64 // values left in the miniblock
	bits    uint64
	damaged bool
}

// newDelta reads the header; a damaged one has no values.
func newDelta(data []byte) *deltaReader {
	d := &deltaReader{data: data}
	block := d.uvarint()
	d.minis = int64(d.uvarint())
	count := d.uvarint()
	d.last = d.zigzag()
	if d.damaged || block == 0 || block > 1<<16 || d.minis <= 0 || d.minis > 1<<10 || block%uint64(d.minis) != 0 || block/uint64(d.minis)%8 != 0 || count > 1<<31 {
		return &deltaReader{damaged: true, count: 0}
	}
	d.count, d.per, d.mini = int64(count), int64(block)/d.minis, d.minis
	return d
}

func (d *deltaReader) uvarint() uint64 {
	v, n := binary.Uvarint(d.data[d.pos:])
	if n <= 0 {
		d.damaged = true
		return 0
	}
	d.pos += n
	return v
}

func (d *deltaReader) zigzag() int64 {
	v := d.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

func (d *deltaReader) next() (int64, bool) {
	if d.damaged || d.given >= d.count {
		return 0, false
	}
	if d.given++; d.given == 1 {
		return d.last, true
	}
	if d.left == 0 {
		if d.mini == d.minis {
			d.least = d.zigzag()
			if d.damaged || int64(len(d.data)-d.pos) < d.minis {
				d.damaged = true
				return 0, false
			}
			d.widths = d.data[d.pos : d.pos+int(d.minis)]
			d.pos += int(d.minis)
			d.mini = 0
		}
		d.left, d.bits = d.per, uint64(d.pos)*8
		size := uint64(d.widths[d.mini]) * uint64(d.per) / 8
		if d.widths[d.mini] > 64 || size > uint64(len(d.data)-d.pos) {
			d.damaged = true
			return 0, false
		}
		d.pos += int(size)
	}
	width := uint64(d.widths[d.mini])
	var v uint64
	for got := uint64(0); got < width; {
		at := d.bits + got
		take := min(8-at%8, width-got)
		v |= uint64(d.data[at/8]) >> (at % 8) & (1<<take - 1) << got
		got += take
	}
	d.bits += width
	if d.left--; d.left == 0 {
		d.mini++
	}
	d.last += d.least + int64(v)
	return d.last, true
}

// end is the offset behind the numbers, once all were read.
func (d *deltaReader) end() int { return d.pos }
