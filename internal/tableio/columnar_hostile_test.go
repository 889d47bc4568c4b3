package tableio_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/internal/tableio"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/decimal128"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/schema"
)

// A thrift writes structs of the compact protocol: enough to make Parquet metadata that lie.
type thrift struct{ bytes.Buffer }

func (t *thrift) field(delta, typ int) *thrift { t.WriteByte(byte(delta<<4 | typ)); return t }

func (t *thrift) varint(v uint64) *thrift { t.Write(binary.AppendUvarint(nil, v)); return t }

func (t *thrift) whole(delta int, v int64) *thrift {
	return t.field(delta, 6).varint(uint64(v<<1) ^ uint64(v>>63))
}

func (t *thrift) text(delta int, s string) *thrift {
	t.field(delta, 8).varint(uint64(len(s)))
	t.WriteString(s)
	return t
}

func (t *thrift) list(delta, typ, n int) *thrift {
	t.field(delta, 9)
	if n < 15 {
		t.WriteByte(byte(n<<4 | typ))
		return t
	}
	t.WriteByte(byte(0xf0 | typ))
	return t.varint(uint64(n))
}

func (t *thrift) end() *thrift { t.WriteByte(0); return t }

// lies are what a made Parquet file of one required column of 64-bit numbers claims.
type lies struct {
	rows, groupRows, values      int64 // of the file, the row group, the column
	start, length                int64 // of the column; 0: the truth
	pageValues, packed, unpacked int64
	encoding                     int64
	codec                        int64
	dictionary                   bool // the page is a dictionary
	body                         []byte
}

func (l lies) file() []byte {
	var page thrift
	kind := int64(0)
	if l.dictionary {
		kind = 2
	}
	page.whole(1, kind).whole(1, l.unpacked).whole(1, l.packed)
	if l.dictionary {
		page.field(4, 12)
	} else {
		page.field(2, 12)
	}
	page.whole(1, l.pageValues).whole(1, l.encoding).whole(1, 3).whole(1, 3).end().end()
	data := append(page.Bytes(), l.body...)
	if l.length == 0 {
		l.length = int64(len(data))
	}
	var f thrift
	f.whole(1, 1).list(1, 12, 2)
	f.text(4, "schema").whole(1, 1).end()
	f.whole(1, 2).whole(2, 0).text(1, "A").end()
	f.whole(1, l.rows).list(1, 12, 1)
	f.list(1, 12, 1)
	f.whole(2, 4).field(1, 12)
	f.whole(1, 2).whole(3, l.codec).whole(1, l.values).whole(1, 8).whole(1, l.length).whole(2, 4+l.start)
	f.end().end()
	f.whole(1, 8).whole(1, l.groupRows).end()
	f.end()
	out := append([]byte("PAR1"), data...)
	out = append(out, f.Bytes()...)
	out = binary.LittleEndian.AppendUint32(out, uint32(f.Len()))
	return append(out, "PAR1"...)
}

func TestHostileParquet(t *testing.T) {
	const mb = 1 << 20
	honest := lies{rows: 2, groupRows: 2, values: 2, pageValues: 2, packed: 16, unpacked: 16, body: make([]byte, 16)}
	honest.body[0], honest.body[8] = 1, 1
	if r, err := read(honest.file(), tableio.Options{}); err != nil || describe(r.Table) != "A 1=2" {
		t.Fatalf("the honest file: %v", err)
	}
	const trillion = 1_000_000_000_000
	for _, c := range []struct {
		name string
		lie  func(*lies)
		want string
	}{
		{"10^12 rows", func(l *lies) { l.rows, l.groupRows, l.values = trillion, trillion, trillion }, "it claims 1000000000000 rows, more than its"},
		{"10^12 rows in the footer alone", func(l *lies) { l.rows = trillion }, "it claims 1000000000000 rows, and its row groups 2"},
		{"as many rows as pass", func(l *lies) { l.rows, l.groupRows, l.values = 1e6, 1e6, 1e6 }, "row 3: column \"A\": the Parquet file cannot be read beyond this row"},
		{"negative rows", func(l *lies) { l.rows, l.groupRows, l.values = -5, -5, -5 }, "metadata are damaged"},
		{"values other than rows", func(l *lies) { l.values = 3 }, "claims 3 values in a group of 2 rows"},
		{"a column beyond the file", func(l *lies) { l.length = 1 << 60 }, "the column claims"},
		{"a column before the file", func(l *lies) { l.start = -50 }, "the column claims"},
		{"a page of 2 GB", func(l *lies) { l.packed, l.unpacked = math.MaxInt32, math.MaxInt32 }, "larger than its file allows"},
		{"a page that unpacks to 2 GB", func(l *lies) { l.unpacked = math.MaxInt32 }, "larger than its file allows"},
		{"a page that unpacks to 255 MB", func(l *lies) { l.unpacked = 255 << 20 }, "holds less than it says"},
		{"a negative page", func(l *lies) { l.packed = -1 }, "larger than its file allows"},
		{"a page of 2^31 values", func(l *lies) { l.pageValues = math.MaxInt32 }, "holds less than it says"},
		{"a page of 2 values in no bytes", func(l *lies) { l.packed, l.unpacked, l.body = 0, 0, nil }, "holds less than it says"},
		{"a dictionary of 2^31 values", func(l *lies) { l.dictionary, l.pageValues = true, math.MaxInt32 }, "its dictionary claims"},
		{"an index without dictionary", func(l *lies) { l.encoding = 8 }, "holds less than it says"},
		{"a delta of 2^60 values", func(l *lies) {
			l.encoding, l.body = 5, append(binary.AppendUvarint([]byte{0x80, 0x01, 4}, 1<<60), make([]byte, 4)...)
			l.packed, l.unpacked = int64(len(l.body)), int64(len(l.body))
		}, "holds less than it says"},
		{"an unknown encoding", func(l *lies) { l.encoding = 9 }, "the encoding 9, which is not read"},
		{"an unknown codec", func(l *lies) { l.codec = 5 }, "compressed in a way that is not read"},
		{"snappy that claims 4 GB", func(l *lies) {
			l.codec, l.body = 1, binary.AppendUvarint(nil, 1<<32-1)
			l.packed = int64(len(l.body))
		}, "holds less than it says"},
		{"a zstd window of 2 GB", func(l *lies) {
			l.codec, l.body = 6, []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 21 << 3, 1, 0, 0}
			l.packed = int64(len(l.body))
		}, "larger than its file allows"},
		{"gzip that is none", func(l *lies) { l.codec = 2 }, "cannot be decompressed"},
	} {
		l := honest
		c.lie(&l)
		refuse(t, c.name, bytes.NewReader(l.file()), tableio.Options{}, 300*mb, c.want)
	}
	cut := honest.file()
	refuse(t, "cut off", bytes.NewReader(cut[:len(cut)-3]), tableio.Options{}, mb, "cut off, or damaged")
	huge := bytes.Clone(cut)
	binary.LittleEndian.PutUint32(huge[len(huge)-8:], math.MaxUint32)
	refuse(t, "a footer of 4 GB", bytes.NewReader(huge), tableio.Options{}, mb, "its footer claims")
	var many thrift
	many.whole(1, 1).list(1, 12, 1<<30)
	refuse(t, "a list of 10^9 columns", bytes.NewReader(withFooter(many.Bytes())), tableio.Options{}, mb, "metadata")
	refuse(t, "endless nesting", bytes.NewReader(withFooter(bytes.Repeat([]byte{0x1c}, 1<<20))), tableio.Options{}, 16*mb, "metadata") // the race detector allocates too
}

func withFooter(footer []byte) []byte {
	out := append([]byte("PAR1"), footer...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(footer)))
	return append(out, "PAR1"...)
}

// arrowStream writes one batch as an Arrow stream.
func arrowStream(t *testing.T, fields []arrow.Field, fill func(*array.RecordBuilder), opts ...ipc.Option) []byte {
	t.Helper()
	sc := arrow.NewSchema(fields, nil)
	b := array.NewRecordBuilder(memory.NewGoAllocator(), sc)
	defer b.Release()
	fill(b)
	batch := b.NewRecord()
	defer batch.Release()
	var out bytes.Buffer
	w := ipc.NewWriter(&out, append(opts, ipc.WithSchema(sc))...)
	if err := w.Write(batch); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Columns as databases and data frames export them.
func TestArrowTypes(t *testing.T) {
	fields := []arrow.Field{
		{Name: "A", Type: arrow.FixedWidthTypes.Boolean}, {Name: "B", Type: arrow.FixedWidthTypes.Boolean},
		{Name: "year", Type: arrow.PrimitiveTypes.Uint16}, {Name: "w", Type: arrow.PrimitiveTypes.Float32, Nullable: true}, {Name: "d", Type: arrow.FixedWidthTypes.Date32},
		{Name: "place", Type: &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}, Nullable: true},
		{Name: "large", Type: arrow.BinaryTypes.LargeString},
		{Name: "at", Type: &arrow.TimestampType{Unit: arrow.Millisecond}},
		{Name: "count", Type: &arrow.Decimal128Type{Precision: 10, Scale: 2}},
	}
	fill := func(b *array.RecordBuilder) {
		b.Field(0).(*array.BooleanBuilder).AppendValues([]bool{true, false, true}, nil)
		b.Field(1).(*array.BooleanBuilder).AppendValues([]bool{false, true, true}, nil)
		b.Field(2).(*array.Uint16Builder).AppendValues([]uint16{2013, 2014, 2014}, nil)
		b.Field(3).(*array.Float32Builder).AppendValues([]float32{1.5, 2, 0}, []bool{true, true, false})
		b.Field(4).(*array.Date32Builder).AppendValues([]arrow.Date32{0, 19000, -1}, nil)
		p := b.Field(5).(*array.BinaryDictionaryBuilder)
		p.AppendString("Gent")
		p.AppendNull()
		p.AppendString("Gent")
		b.Field(6).(*array.LargeStringBuilder).AppendValues([]string{"x", "y", "=z"}, nil)
		b.Field(7).(*array.TimestampBuilder).AppendValues([]arrow.Timestamp{0, 1500, -86400000}, nil)
		for _, v := range []int64{300, 400, 500} {
			b.Field(8).(*array.Decimal128Builder).Append(decimal128.FromI64(v))
		}
	}
	want := "A B 10@2013,1.5,1970-01-01,Gent,x,1970-01-01=3 11@2014,,1969-12-31,Gent,=z,1969-12-31=5 01@2014,2,2022-01-08,,y,1970-01-01T00:00:01.5=4"
	for name, opts := range map[string][]ipc.Option{"plain": nil, "lz4": {ipc.WithLZ4()}, "zstd": {ipc.WithZstd()}} {
		r, err := read(arrowStream(t, fields, fill, opts...), tableio.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := strings.Fields(describe(r.Table))
		for _, cell := range strings.Fields(want) {
			if !strings.Contains(strings.Join(got, " ")+" ", cell+" ") {
				t.Errorf("%s: %s lacks %s", name, got, cell)
			}
		}
	}
}

func TestHostileArrow(t *testing.T) {
	const mb = 1 << 20
	fields := []arrow.Field{{Name: "A", Type: arrow.PrimitiveTypes.Int64}, {Name: "B", Type: arrow.PrimitiveTypes.Int64}}
	fill := func(b *array.RecordBuilder) {
		b.Field(0).(*array.Int64Builder).AppendValues([]int64{1, 0, 1, 1, 1}, nil)
		b.Field(1).(*array.Int64Builder).AppendValues([]int64{1, 1, 0, 1, 0}, nil)
	}
	honest := arrowStream(t, fields, fill)
	if r, err := read(honest, tableio.Options{}); err != nil || r.Table.Observed() != 5 {
		t.Fatalf("the honest stream: %v", err)
	}
	// replace changes 64-bit numbers of the metadata wherever they stand.
	replace := func(src []byte, from, to int64) []byte {
		return bytes.ReplaceAll(src, binary.LittleEndian.AppendUint64(nil, uint64(from)), binary.LittleEndian.AppendUint64(nil, uint64(to)))
	}
	body := int64(2 * (8 + 40)) // two columns: a bitmap of 1 byte, padded to 8, and five numbers
	if !bytes.Contains(honest, binary.LittleEndian.AppendUint64(nil, uint64(body))) {
		body = 2 * 40
	}
	refuse(t, "a body of 2^50 bytes", bytes.NewReader(replace(honest, body, 1<<50)), tableio.Options{}, mb, "a record batch claims")
	refuse(t, "a body of 2^29 bytes", bytes.NewReader(replace(honest, body, 1<<29)), tableio.Options{}, 4*mb, "cut off within a message")
	refuse(t, "a negative body", bytes.NewReader(replace(honest, body, -8)), tableio.Options{}, mb, "a record batch claims")
	refuse(t, "10^12 rows", bytes.NewReader(replace(honest, 5, 1_000_000_000_000)), tableio.Options{}, 4*mb, "cannot be read")
	refuse(t, "a buffer of 2^50 bytes", bytes.NewReader(replace(honest, 40, 1<<50)), tableio.Options{}, 4*mb, "cannot be read")
	packed := arrowStream(t, fields, fill, ipc.WithZstd())
	refuse(t, "a buffer that unpacks to 2^50 bytes", bytes.NewReader(replace(packed, 40, 1<<50)), tableio.Options{}, 64*mb, "cannot be read")
	huge := bytes.Clone(honest)
	binary.LittleEndian.PutUint32(huge[4:], 1<<31-1)
	refuse(t, "metadata of 2 GB", bytes.NewReader(huge), tableio.Options{}, mb, "a message is damaged")
	refuse(t, "cut off", bytes.NewReader(honest[:len(honest)-60]), tableio.Options{}, mb, "cut off")

	nested := arrowStream(t, []arrow.Field{{Name: "A", Type: arrow.ListOf(arrow.PrimitiveTypes.Int8)}}, func(b *array.RecordBuilder) { b.Field(0).AppendNull() })
	refuse(t, "nested", bytes.NewReader(nested), tableio.Options{}, mb, "column 1 is nested")

	var b bytes.Buffer
	table, err := estimators.FromCounts([]string{"A", "B"}, []int64{0, 3, 4, 5})
	if err != nil {
		t.Fatal(err)
	}
	if err := tableio.WriteTable(&b, tableio.Arrow, table); err != nil {
		t.Fatal(err)
	}
	refuse(t, "a file cut off", bytes.NewReader(b.Bytes()[:b.Len()-5]), tableio.Options{}, mb, "cut off, or damaged at its end")
}

// Pages of both versions, with and without dictionary, in every compression that is read.
func TestParquetVariants(t *testing.T) {
	const n = 5000
	root := schema.MustGroup(schema.NewGroupNode("schema", parquet.Repetitions.Required, schema.FieldList{
		schema.NewBooleanNode("A", parquet.Repetitions.Required, -1),
		schema.NewBooleanNode("B", parquet.Repetitions.Optional, -1),
		schema.MustPrimitive(schema.NewPrimitiveNodeLogical("place", parquet.Repetitions.Optional, schema.StringLogicalType{}, parquet.Types.ByteArray, -1, -1)),
		schema.MustPrimitive(schema.NewPrimitiveNodeLogical("day", parquet.Repetitions.Required, schema.DateLogicalType{}, parquet.Types.Int32, -1, -1)),
		schema.NewFloat64Node("score", parquet.Repetitions.Optional, -1),
		schema.MustPrimitive(schema.NewPrimitiveNodeLogical("count", parquet.Repetitions.Required, schema.NewDecimalLogicalType(12, 1), parquet.Types.Int64, -1, -1)),
	}, -1))
	places := []string{"Gent", "Aalst", "", "Brugge"}
	a, b, place, day, score, count := make([]bool, n), make([]bool, n), []parquet.ByteArray{}, make([]int32, n), []float64{}, make([]int64, n)
	placeAt, scoreAt, bAt := make([]int16, n), make([]int16, n), make([]int16, n)
	var cells []estimators.Cell
	for i := range n {
		a[i], b[i], day[i], count[i] = i%3 != 0, i%3 == 0 || i%5 == 0, int32(i%7), int64(10*(i%11))
		bAt[i] = 1
		c := estimators.Cell{Levels: []string{"", "1970-01-0" + string(rune('1'+i%7)), ""}, Count: int64(i % 11)}
		if a[i] {
			c.Pattern |= 1
		}
		if b[i] {
			c.Pattern |= 2
		}
		if i%4 != 2 {
			place, placeAt[i], c.Levels[0] = append(place, parquet.ByteArray(places[i%4])), 1, places[i%4]
		}
		if i%13 != 0 {
			score, scoreAt[i], c.Levels[2] = append(score, float64(i%2)+0.5), 1, []string{"0.5", "1.5"}[i%2]
		}
		cells = append(cells, c)
	}
	want, err := estimators.NewTable([]string{"A", "B"}, []string{"place", "day", "score"}, cells)
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []parquet.DataPageVersion{parquet.DataPageV1, parquet.DataPageV2} {
		for _, codec := range []compress.Compression{compress.Codecs.Uncompressed, compress.Codecs.Snappy, compress.Codecs.Gzip, compress.Codecs.Brotli, compress.Codecs.Zstd} {
			for _, encoding := range []parquet.Encoding{parquet.Encodings.PlainDict, parquet.Encodings.Plain, parquet.Encodings.DeltaBinaryPacked} {
				props := []parquet.WriterProperty{parquet.WithDataPageVersion(version), parquet.WithCompression(codec), parquet.WithDataPageSize(2000), parquet.WithDictionaryDefault(encoding == parquet.Encodings.PlainDict)}
				if encoding == parquet.Encodings.DeltaBinaryPacked {
					props = append(props, parquet.WithEncodingFor("day", encoding), parquet.WithEncodingFor("count", encoding), parquet.WithEncodingFor("place", parquet.Encodings.DeltaLengthByteArray), parquet.WithEncodingFor("A", parquet.Encodings.RLE))
				}
				var out bytes.Buffer
				w := file.NewParquetWriter(&out, root, file.WithWriterProps(parquet.NewWriterProperties(props...)))
				for g := range 2 { // two row groups, of the same rows
					group := w.AppendRowGroup()
					for j := range 6 {
						c, err := group.NextColumn()
						if err != nil {
							t.Fatal(err)
						}
						switch j {
						case 0:
							_, err = c.(*file.BooleanColumnChunkWriter).WriteBatch(a, nil, nil)
						case 1:
							_, err = c.(*file.BooleanColumnChunkWriter).WriteBatch(b, bAt, nil)
						case 2:
							_, err = c.(*file.ByteArrayColumnChunkWriter).WriteBatch(place, placeAt, nil)
						case 3:
							_, err = c.(*file.Int32ColumnChunkWriter).WriteBatch(day, nil, nil)
						case 4:
							_, err = c.(*file.Float64ColumnChunkWriter).WriteBatch(score, scoreAt, nil)
						case 5:
							_, err = c.(*file.Int64ColumnChunkWriter).WriteBatch(count, nil, nil)
						}
						if err != nil {
							t.Fatal(g, j, err)
						}
						c.Close()
					}
				}
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
				r, err := read(out.Bytes(), tableio.Options{Lists: []string{"A", "B"}})
				if err != nil {
					t.Errorf("version %v, %v, %v: %v", version, codec, encoding, err)
					continue
				}
				if got := r.Table; got.Observed() != 2*want.Observed() || r.Rows != 2*n || len(got.Cells()) != len(want.Cells()) {
					t.Errorf("version %v, %v, %v: %d persons in %d cells, want twice %d in %d", version, codec, encoding, got.Observed(), len(got.Cells()), want.Observed(), len(want.Cells()))
				} else {
					for i, c := range got.Cells() {
						if w := want.Cells()[i]; c.Pattern != w.Pattern || strings.Join(c.Levels, ",") != strings.Join(w.Levels, ",") || c.Count != 2*w.Count {
							t.Errorf("version %v, %v, %v: cell %v, want twice %v", version, codec, encoding, c, w)
							break
						}
					}
				}
			}
		}
	}
}
