package tableio_test

import (
	"bytes"
	"testing"

	"darkfigure/estimators"
	"darkfigure/internal/tableio"
)

// addTables seeds a fuzz target with tables in a format.
func addTables(f *testing.F, format tableio.Format) {
	plain, err := estimators.FromCounts([]string{"A", "B"}, []int64{0, 3, 4, 5})
	if err != nil {
		f.Fatal(err)
	}
	covariates, err := estimators.NewTable([]string{"A", "B"}, []string{"year"}, []estimators.Cell{
		{Pattern: 1, Levels: []string{"2013"}, Count: 3}, {Pattern: 2, Levels: []string{""}, Count: 4}, {Pattern: 3, Levels: []string{"2013"}, StructuralZero: true}})
	if err != nil {
		f.Fatal(err)
	}
	for _, t := range []*estimators.Table{plain, covariates} {
		var b bytes.Buffer
		if err := tableio.WriteTable(&b, format, t); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
}

func FuzzReadParquet(f *testing.F) {
	addTables(f, tableio.Parquet)
	honest := lies{rows: 2, groupRows: 2, values: 2, pageValues: 2, packed: 16, unpacked: 16, body: []byte{0: 1, 8: 1, 15: 0}}
	f.Add(honest.file())
	honest.encoding = 5
	f.Add(honest.file())
	f.Fuzz(func(t *testing.T, in []byte) { checkRead(t, in, tableio.Parquet) })
}

func FuzzReadArrow(f *testing.F) {
	addTables(f, tableio.Arrow)
	f.Fuzz(func(t *testing.T, in []byte) { checkRead(t, in, tableio.Arrow) })
}
