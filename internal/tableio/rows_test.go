package tableio_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"darkfigure/internal/tableio"
)

func TestWriteColumns(t *testing.T) {
	columns := []tableio.Column{
		{Name: "method", Text: []string{"chao", "=cmd"}},
		{Name: "n", Whole: []int64{3, 0}, Null: []bool{false, true}},
		{Name: "upper", Real: []float64{0.5, 1e-9}},
	}
	var b bytes.Buffer
	if err := tableio.WriteColumns(&b, tableio.CSV, columns); err != nil {
		t.Fatal(err)
	}
	if want := "method,n,upper\nchao,3,0.5\n'=cmd,,1e-09\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
	for _, format := range []tableio.Format{tableio.Parquet, tableio.Arrow, tableio.Excel} {
		var one, two bytes.Buffer
		if err := tableio.WriteColumns(&one, format, columns); err != nil {
			t.Errorf("%s: %v", format, err)
		}
		if tableio.WriteColumns(&two, format, columns); one.Len() == 0 || !bytes.Equal(one.Bytes(), two.Bytes()) {
			t.Errorf("%s: not the same bytes twice", format)
		}
	}
	columns[2].Real[1] = math.Inf(1)
	if err := tableio.WriteColumns(&b, tableio.CSV, columns); err == nil || !strings.Contains(err.Error(), "upper in row 2 is +Inf") {
		t.Errorf("an infinite number: %v", err)
	}
	columns[2].Real = columns[2].Real[:1]
	if err := tableio.WriteColumns(&b, tableio.CSV, columns); err == nil || !strings.Contains(err.Error(), "column upper has 1 values for 2 rows") {
		t.Errorf("a short column: %v", err)
	}
}
