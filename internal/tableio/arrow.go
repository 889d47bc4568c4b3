package tableio

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// An Arrow file is an Arrow stream between a signature and a footer; both are read as a stream, one record
// batch at a time. The Arrow library decodes the batches, after the messages were checked here: it would allocate what a message
// claims and follow nested types without end.

const (
	maxArrowMeta  = 16 << 20
	maxArrowBody  = 1 << 30
	maxArrowAlloc = 1 << 30 // bytes that decompressed batches and dictionaries may take
)

var arrowMagic = []byte("ARROW1")

type arrowReader struct {
	file    string
	ipc     *ipc.Reader
	names   []string
	numbers []bool
	values  []func(dst []byte, i int) []byte // of the current batch, nil for a column of nulls
	batch   arrow.Record
	i       int // row of the batch
	rows    int
	text    [][]byte
	fields  [][]byte
}

// newArrowReader reads a file when at is not nil, else a stream.
func newArrowReader(stream io.Reader, at io.ReaderAt, size int64, file string) (x *arrowReader, err error) {
	x = &arrowReader{file: file}
	defer func() {
		if err != nil {
			x = nil
		}
	}()
	left := int64(-1)
	if at != nil {
		head, tail := make([]byte, 8), make([]byte, 10)
		if size < 20 {
			return nil, x.damaged(errors.New("it is cut off"))
		}
		if _, err := at.ReadAt(head, 0); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if _, err := at.ReadAt(tail, size-10); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		footer := int64(binary.LittleEndian.Uint32(tail))
		if !bytes.Equal(tail[4:], arrowMagic) || footer > size-18 {
			return nil, x.damaged(errors.New("it is cut off, or damaged at its end"))
		}
		left = size - 18 - footer
		stream = io.NewSectionReader(at, 8, left)
	}
	x.ipc, err = openArrow(&arrowMessages{r: stream, left: left})
	if err != nil {
		return nil, x.damaged(err)
	}
	for _, f := range x.ipc.Schema().Fields() {
		x.names = append(x.names, strings.TrimSpace(f.Name))
		t := f.Type
		if d, ok := t.(*arrow.DictionaryType); ok {
			t = d.ValueType
		}
		x.numbers = append(x.numbers, arrow.IsInteger(t.ID()) || arrow.IsFloating(t.ID()) || arrow.IsDecimal(t.ID()))
	}
	if len(x.names) == 0 {
		return nil, x.fail(0, -1, "the Arrow file has no columns")
	}
	x.fields, x.text, x.values = make([][]byte, len(x.names)), make([][]byte, len(x.names)), make([]func([]byte, int) []byte, len(x.names))
	return x, nil
}

func openArrow(messages ipc.MessageReader) (r *ipc.Reader, err error) {
	defer rescue(&err, "its metadata are damaged")
	return ipc.NewReaderFromMessageReader(messages, ipc.WithAllocator(&boundedAllocator{left: maxArrowAlloc}))
}

func (x *arrowReader) damaged(err error) error {
	return x.fail(0, -1, "the Arrow file cannot be read: %v", withoutPanic(err, "it is damaged"))
}

func (x *arrowReader) header() []string       { return x.names }
func (x *arrowReader) row() int               { return x.rows }
func (x *arrowReader) number(column int) bool { return x.numbers[column] }

func (x *arrowReader) next() (fields [][]byte, err error) {
	for x.batch == nil || x.i == int(x.batch.NumRows()) {
		if !x.ipc.Next() {
			if err := x.ipc.Err(); err != nil && err != io.EOF {
				return nil, x.fail(x.rows+1, -1, "the Arrow file cannot be read beyond this row: %v", withoutPanic(err, "it is damaged"))
			}
			return nil, io.EOF
		}
		x.batch, x.i = x.ipc.Record(), 0
		var known *SyntaxError
		if err := x.columns(); errors.As(err, &known) {
			return nil, known
		} else if err != nil {
			return nil, x.fail(x.rows+1, -1, "the Arrow file cannot be read beyond this row: %v", err)
		}
	}
	x.rows++
	if err := x.read(); err != nil {
		return nil, x.fail(x.rows, -1, "the Arrow file cannot be read beyond this row: %v", err)
	}
	x.i++
	return x.fields, nil
}

// read renders the current row. A batch that holds less than it says makes the library panic.
func (x *arrowReader) read() (err error) {
	defer rescue(&err, "the batch is damaged")
	for j, value := range x.values {
		x.fields[j] = nil
		if value == nil || x.batch.Column(j).IsNull(x.i) {
			continue
		}
		x.text[j] = value(x.text[j][:0], x.i)
		x.fields[j] = x.text[j]
	}
	return nil
}

// columns prepares the rendering of a new batch.
func (x *arrowReader) columns() (err error) {
	defer rescue(&err, "it is damaged")
	for j, c := range x.batch.Columns() {
		if c.Len() != int(x.batch.NumRows()) {
			return x.fail(x.rows+1, j, "the Arrow file cannot be read: the column has %d values in a batch of %d rows", c.Len(), x.batch.NumRows())
		}
		v, ok := renderer(c)
		if !ok {
			return x.fail(0, j, "the column has the type %s: write it as text or whole numbers", c.DataType())
		}
		x.values[j] = v
	}
	return nil
}

// renderer returns how to write the values of an array as text; nil for an array of nulls.
func renderer(a arrow.Array) (func(dst []byte, i int) []byte, bool) {
	switch a := a.(type) {
	case *array.Null:
		return nil, true
	case *array.Boolean:
		return func(dst []byte, i int) []byte { return strconv.AppendBool(dst, a.Value(i)) }, true
	case *array.Int8:
		return func(dst []byte, i int) []byte { return strconv.AppendInt(dst, int64(a.Value(i)), 10) }, true
	case *array.Int16:
		return func(dst []byte, i int) []byte { return strconv.AppendInt(dst, int64(a.Value(i)), 10) }, true
	case *array.Int32:
		return func(dst []byte, i int) []byte { return strconv.AppendInt(dst, int64(a.Value(i)), 10) }, true
	case *array.Int64:
		return func(dst []byte, i int) []byte { return strconv.AppendInt(dst, a.Value(i), 10) }, true
	case *array.Uint8:
		return func(dst []byte, i int) []byte { return strconv.AppendUint(dst, uint64(a.Value(i)), 10) }, true
	case *array.Uint16:
		return func(dst []byte, i int) []byte { return strconv.AppendUint(dst, uint64(a.Value(i)), 10) }, true
	case *array.Uint32:
		return func(dst []byte, i int) []byte { return strconv.AppendUint(dst, uint64(a.Value(i)), 10) }, true
	case *array.Uint64:
		return func(dst []byte, i int) []byte { return strconv.AppendUint(dst, a.Value(i), 10) }, true
	case *array.Float32:
		return func(dst []byte, i int) []byte { return appendFloat(dst, float64(a.Value(i)), 32) }, true
	case *array.Float64:
		return func(dst []byte, i int) []byte { return appendFloat(dst, a.Value(i), 64) }, true
	case *array.Decimal128:
		scale := int(min(max(a.DataType().(*arrow.Decimal128Type).Scale, 0), 100))
		return func(dst []byte, i int) []byte { return appendDecimal(dst, a.Value(i).BigInt().String(), scale) }, true
	case *array.Date32:
		return func(dst []byte, i int) []byte { return appendTime(dst, a.Value(i).ToTime()) }, true
	case *array.Date64:
		return func(dst []byte, i int) []byte { return appendTime(dst, a.Value(i).ToTime()) }, true
	case *array.Timestamp:
		unit := a.DataType().(*arrow.TimestampType).Unit.Multiplier()
		per := int64(time.Second / unit)
		return func(dst []byte, i int) []byte {
			v := int64(a.Value(i))
			return appendTime(dst, time.Unix(floorDiv(v, per), (v-floorDiv(v, per)*per)*int64(unit)).UTC())
		}, true
	case *array.Dictionary:
		values, ok := renderer(a.Dictionary())
		if !ok {
			return nil, false
		}
		return func(dst []byte, i int) []byte {
			j := a.GetValueIndex(i)
			if values == nil || a.Dictionary().IsNull(j) {
				return dst
			}
			return values(dst, j)
		}, true
	case interface{ Value(int) string }: // String, LargeString, StringView
		return func(dst []byte, i int) []byte { return append(dst, a.Value(i)...) }, true
	case interface{ Value(int) []byte }: // Binary and its kin
		return func(dst []byte, i int) []byte { return append(dst, a.Value(i)...) }, true
	}
	return nil, false
}

func (x *arrowReader) fail(row, column int, format string, args ...any) *SyntaxError {
	return &SyntaxError{File: x.file, Row: row, Column: columnName(x.names, column), Msg: fmt.Sprintf(format, args...)}
}

// withoutPanic does to an error in which the library reports a panic of its own what rescue does to a panic.
func withoutPanic(err error, what string) error {
	text := err.Error()
	if strings.Contains(text, "runtime error") {
		return errors.New(what)
	}
	if _, reported, ok := strings.Cut(text, "unknown error while reading: "); ok {
		return errors.New(reported)
	}
	return err
}

// A boundedAllocator refuses, by a panic that is recovered, to hold more than it may.
type boundedAllocator struct {
	memory.GoAllocator
	left int
}

func (a *boundedAllocator) take(n int) {
	if n > a.left {
		panic(errors.New("its batches are too large, or claim to be: write the file with smaller record batches"))
	}
	a.left -= n
}

func (a *boundedAllocator) Allocate(n int) []byte {
	a.take(n)
	return a.GoAllocator.Allocate(n)
}

func (a *boundedAllocator) Reallocate(n int, b []byte) []byte {
	a.take(n - len(b))
	return a.GoAllocator.Reallocate(n, b)
}

func (a *boundedAllocator) Free(b []byte) {
	a.left += len(b)
	a.GoAllocator.Free(b)
}

// arrowMessages reads the messages of a stream and checks what the library takes on trust.
type arrowMessages struct {
	r    io.Reader
	left int64 // bytes left in the file; negative when not known
}

func (m *arrowMessages) Retain()  {}
func (m *arrowMessages) Release() {}

var (
	errArrowCut  = errors.New("it is cut off within a message")
	errArrowMeta = errors.New("a message is damaged")
)

func (m *arrowMessages) Message() (*ipc.Message, error) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(m.r, head); err != nil {
		if err == io.ErrUnexpectedEOF {
			return nil, errArrowCut
		}
		return nil, err // io.EOF: the end of a file, or of a stream without a mark at its end
	}
	if binary.LittleEndian.Uint32(head) == 0xffffffff {
		if _, err := io.ReadFull(m.r, head); err != nil {
			return nil, errArrowCut
		}
	}
	length := int64(binary.LittleEndian.Uint32(head))
	if length == 0 {
		return nil, io.EOF
	}
	if length > maxArrowMeta {
		return nil, errArrowMeta
	}
	meta, err := m.read(length)
	if err != nil {
		return nil, err
	}
	body, err := checkArrow(meta)
	if err != nil {
		return nil, err
	}
	if body < 0 || body > maxArrowBody {
		return nil, fmt.Errorf("a record batch claims %d bytes: write the file with smaller batches", body)
	}
	data, err := m.read(body)
	if err != nil {
		return nil, err
	}
	return ipc.NewMessage(memory.NewBufferBytes(meta), memory.NewBufferBytes(data)), nil
}

// read reads n bytes, allocating no more than there are.
func (m *arrowMessages) read(n int64) ([]byte, error) {
	if m.left >= 0 {
		if n > m.left {
			return nil, errArrowCut
		}
		m.left -= n
		b := make([]byte, n)
		if _, err := io.ReadFull(m.r, b); err != nil {
			return nil, errArrowCut
		}
		return b, nil
	}
	var b bytes.Buffer
	if k, err := io.CopyN(&b, m.r, n); k < n {
		if err == nil || err == io.EOF {
			err = errArrowCut
		}
		return nil, err
	}
	return b.Bytes(), nil
}

// A flatTable is a table of a FlatBuffer.
type flatTable struct {
	b   []byte
	pos int
}

// field returns the position of a field's value; a field is there under the same condition as in the library.
func (t flatTable) field(i int) (int, bool) {
	vtable := t.pos - int(int32(t.u32(t.pos)))
	if 4+2*i >= int(t.u16(vtable)) {
		return 0, false
	}
	offset := int(t.u16(vtable + 4 + 2*i))
	return t.pos + offset, offset != 0
}

// u16, u32 and i64 panic outside the buffer; checkArrow recovers.
func (t flatTable) u16(pos int) uint16 { return binary.LittleEndian.Uint16(t.b[pos:]) }

func (t flatTable) u32(pos int) uint32 { return binary.LittleEndian.Uint32(t.b[pos:]) }

func (t flatTable) i64(pos int) int64 { return int64(binary.LittleEndian.Uint64(t.b[pos:])) }

func (t flatTable) table(pos int) flatTable { return flatTable{t.b, pos + int(t.u32(pos))} }

// vector returns the first element and the number of elements of a given size; none when the field is not there.
func (t flatTable) vector(i, size int) (start, n int) {
	pos, ok := t.field(i)
	if !ok {
		return 0, 0
	}
	start = pos + int(t.u32(pos)) + 4
	n = int(t.u32(start - 4))
	if n > (len(t.b)-start)/size {
		panic("a vector is longer than its message")
	}
	return start, n
}

// checkArrow returns the length of a message's body, after checking what the library would follow blindly: the lengths
// of vectors, nested and unusual types, and the counts of variadic buffers. Field numbers are those of the format's
// Message.fbs and Schema.fbs.
func checkArrow(meta []byte) (body int64, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errArrowMeta
		}
	}()
	root := flatTable{meta, 0}.table(0)
	kind, header := 0, flatTable{}
	if pos, ok := root.field(1); ok {
		kind = int(meta[pos])
	}
	pos, ok := root.field(2)
	if !ok {
		return 0, errArrowMeta
	}
	header = root.table(pos)
	if pos, ok := root.field(3); ok {
		body = root.i64(pos)
	}
	switch kind {
	case 1: // schema
		header.vector(2, 4)
		start, n := header.vector(1, 4)
		if n > maxColumns {
			return 0, fmt.Errorf("it has %d columns: keep the lists, the count and the covariates only", n)
		}
		for i := range n {
			f := header.table(start + 4*i)
			f.vector(6, 4)
			if _, children := f.vector(5, 4); children > 0 {
				return 0, fmt.Errorf("column %d is nested (a list or a structure): a table has plain columns", i+1)
			}
			if pos, ok := f.field(2); ok {
				switch t := meta[pos]; t {
				// Null, Int, FloatingPoint, Binary, Utf8, Bool, Decimal, Date, Timestamp, LargeBinary, LargeUtf8, and the views.
				case 1, 2, 3, 4, 5, 6, 7, 8, 10, 19, 20, 23, 24:
				default:
					return 0, fmt.Errorf("column %d has a type that is not read (number %d of the format): write it as text or whole numbers", i+1, t)
				}
			}
		}
	case 2, 3: // dictionary, record batch
		batch := header
		if kind == 2 {
			pos, ok := header.field(1)
			if !ok {
				return 0, errArrowMeta
			}
			batch = header.table(pos)
		}
		batch.vector(1, 16)
		_, buffers := batch.vector(2, 16)
		start, n := batch.vector(4, 8)
		for i := range n {
			if v := batch.i64(start + 8*i); v < 0 || v > int64(buffers) {
				return 0, errArrowMeta
			}
		}
	default:
		return 0, errArrowMeta
	}
	return body, nil
}
