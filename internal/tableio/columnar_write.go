package tableio

import (
	"bytes"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/schema"
)

// writeParquet writes one row group. Pages are of version 2: the library's version-1 pages take quadratic time
// on columns with nulls.
func (f *frame) writeParquet(w io.Writer) (err error) {
	defer rescue(&err, "writing Parquet")
	fields := make(schema.FieldList, len(f.columns))
	for j, s := range f.columns {
		switch s.kind {
		case text:
			fields[j] = schema.MustPrimitive(schema.NewPrimitiveNodeLogical(s.name, parquet.Repetitions.Optional, schema.StringLogicalType{}, parquet.Types.ByteArray, -1, -1))
		case whole:
			fields[j] = schema.NewInt64Node(s.name, parquet.Repetitions.Optional, -1)
		case real:
			fields[j] = schema.NewFloat64Node(s.name, parquet.Repetitions.Optional, -1)
		}
	}
	root, err := schema.NewGroupNode("schema", parquet.Repetitions.Required, fields, -1)
	if err != nil {
		return fmt.Errorf("writing Parquet: %w", err)
	}
	out := file.NewParquetWriter(w, root, file.WithWriterProps(parquet.NewWriterProperties(
		parquet.WithDataPageVersion(parquet.DataPageV2), parquet.WithVersion(parquet.V2_LATEST),
		parquet.WithCompression(compress.Codecs.Snappy), parquet.WithCreatedBy("darkfigure"))))
	group := out.AppendRowGroup()
	for _, s := range f.columns {
		chunk, err := group.NextColumn()
		if err != nil {
			return fmt.Errorf("writing Parquet: %w", err)
		}
		defined := make([]int16, f.rows)
		for i, ok := range s.present {
			defined[i] = int16(bit(ok))
		}
		switch c := chunk.(type) {
		case *file.ByteArrayColumnChunkWriter:
			values := make([]parquet.ByteArray, 0, f.rows)
			for i, v := range s.text {
				if s.present[i] {
					values = append(values, parquet.ByteArray(v))
				}
			}
			_, err = c.WriteBatch(values, defined, nil)
		case *file.Int64ColumnChunkWriter:
			_, err = c.WriteBatch(compact(s.whole, s.present), defined, nil)
		case *file.Float64ColumnChunkWriter:
			_, err = c.WriteBatch(compact(s.real, s.present), defined, nil)
		}
		if err == nil {
			err = chunk.Close()
		}
		if err != nil {
			return fmt.Errorf("writing Parquet: %w", err)
		}
	}
	if err := group.Close(); err != nil {
		return fmt.Errorf("writing Parquet: %w", err)
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("writing Parquet: %w", err)
	}
	return nil
}

// compact leaves out the null values.
func compact[T any](values []T, present []bool) []T {
	out := make([]T, 0, len(values))
	for i, v := range values {
		if present[i] {
			out = append(out, v)
		}
	}
	return out
}

// writeArrow writes an Arrow IPC file of one record batch.
func (f *frame) writeArrow(w io.Writer) (err error) {
	defer rescue(&err, "writing Arrow")
	fields := make([]arrow.Field, len(f.columns))
	for j, s := range f.columns {
		fields[j] = arrow.Field{Name: s.name, Nullable: true, Type: [...]arrow.DataType{arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Float64}[s.kind]}
	}
	sc := arrow.NewSchema(fields, nil)
	b := array.NewRecordBuilder(memory.NewGoAllocator(), sc)
	defer b.Release()
	for j, s := range f.columns {
		switch c := b.Field(j).(type) {
		case *array.StringBuilder:
			c.AppendValues(s.text, s.present)
		case *array.Int64Builder:
			c.AppendValues(s.whole, s.present)
		case *array.Float64Builder:
			c.AppendValues(s.real, s.present)
		}
	}
	batch := b.NewRecord()
	defer batch.Release()
	var sink seeker
	out, err := ipc.NewFileWriter(&sink, ipc.WithSchema(sc))
	if err != nil {
		return fmt.Errorf("writing Arrow: %w", err)
	}
	if err := out.Write(batch); err != nil {
		return fmt.Errorf("writing Arrow: %w", err)
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("writing Arrow: %w", err)
	}
	_, err = w.Write(sink.Bytes())
	return err
}

// A seeker is a buffer that tells where its end is, which is all that the Arrow writer asks of a file.
type seeker struct{ bytes.Buffer }

func (s *seeker) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence == io.SeekStart {
		return 0, fmt.Errorf("an Arrow file is written from front to end")
	}
	return int64(s.Len()), nil
}
