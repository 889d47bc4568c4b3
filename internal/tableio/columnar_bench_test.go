package tableio_test

import (
	"bytes"
	"strconv"
	"testing"

	"darkfigure/internal/tableio"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/schema"
)

// personsParquet and personsArrow hold person rows in row groups and batches of 100,000: three lists and a year.
func personsParquet(b *testing.B, rows int) []byte {
	root := schema.MustGroup(schema.NewGroupNode("schema", parquet.Repetitions.Required, schema.FieldList{
		schema.NewBooleanNode("A", parquet.Repetitions.Optional, -1), schema.NewBooleanNode("B", parquet.Repetitions.Optional, -1), schema.NewBooleanNode("C", parquet.Repetitions.Optional, -1),
		schema.NewInt32Node("year", parquet.Repetitions.Required, -1)}, -1))
	var out bytes.Buffer
	w := file.NewParquetWriter(&out, root, file.WithWriterProps(parquet.NewWriterProperties(parquet.WithDataPageVersion(parquet.DataPageV2), parquet.WithCompression(compress.Codecs.Snappy))))
	const group = 100_000
	on, year, defined := make([]bool, group), make([]int32, group), make([]int16, group)
	for at := 0; at < rows; at += group {
		g := w.AppendRowGroup()
		for j := range 4 {
			c, err := g.NextColumn()
			if err != nil {
				b.Fatal(err)
			}
			for i := range group {
				x := uint64(at+i) * 0x9e3779b97f4a7c15 >> 40
				on[i], year[i], defined[i] = (x%7+1)>>j&1 == 1, int32(2010+x>>8&7), 1
			}
			if j < 3 {
				_, err = c.(*file.BooleanColumnChunkWriter).WriteBatch(on, defined, nil)
			} else {
				_, err = c.(*file.Int32ColumnChunkWriter).WriteBatch(year, nil, nil)
			}
			if err != nil {
				b.Fatal(err)
			}
			c.Close()
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

func personsArrow(b *testing.B, rows int) []byte {
	sc := arrow.NewSchema([]arrow.Field{{Name: "A", Type: arrow.FixedWidthTypes.Boolean}, {Name: "B", Type: arrow.FixedWidthTypes.Boolean}, {Name: "C", Type: arrow.FixedWidthTypes.Boolean}, {Name: "year", Type: arrow.PrimitiveTypes.Int32}}, nil)
	var out bytes.Buffer
	w := ipc.NewWriter(&out, ipc.WithSchema(sc))
	rb := array.NewRecordBuilder(memory.NewGoAllocator(), sc)
	for at := 0; at < rows; at += 100_000 {
		for i := range 100_000 {
			x := uint64(at+i) * 0x9e3779b97f4a7c15 >> 40
			for j := range 3 {
				rb.Field(j).(*array.BooleanBuilder).Append((x%7+1)>>j&1 == 1)
			}
			rb.Field(3).(*array.Int32Builder).Append(int32(2010 + x>>8&7))
		}
		batch := rb.NewRecord()
		if err := w.Write(batch); err != nil {
			b.Fatal(err)
		}
		batch.Release()
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

func BenchmarkReadColumnar(b *testing.B) {
	const rows = 1_000_000
	for format, all := range map[tableio.Format][]byte{tableio.Parquet: personsParquet(b, rows), tableio.Arrow: personsArrow(b, rows)} {
		b.Run("format="+string(format)+"/rows="+strconv.Itoa(rows), func(b *testing.B) {
			b.SetBytes(int64(len(all)))
			b.ReportAllocs()
			for b.Loop() {
				r, err := read(all, tableio.Options{})
				if err != nil {
					b.Fatal(err)
				}
				if r.Rows != rows {
					b.Fatal(r.Rows)
				}
			}
			b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
