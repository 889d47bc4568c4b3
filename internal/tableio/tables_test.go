package tableio_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"darkfigure/internal/tableio"
)

const tables = "../../testdata/tables"

// published pins what testdata/README.md says about every published table.
var published = map[string]struct {
	observed int64
	lists    string
	totals   []int64 // as far as the publication, or the documentation of its data, gives them
}{
	"uk6.csv":         {observed: 2744, lists: "LA NG PF GO GP NCA"},
	"uk5.csv":         {observed: 2744, lists: "LA NG PFNCA GO GP"},
	"nl6.csv":         {observed: 8234, lists: "I K O P R Z"},
	"nl5.csv":         {observed: 8234, lists: "IO K P R Z"},
	"neworleans.csv":  {observed: 185, lists: "A B C D E F G H"},
	"neworleans5.csv": {observed: 185, lists: "A BEFG C D H"},
	"western.csv":     {observed: 345, lists: "A B C D E"},
	"kosovo.csv":      {observed: 4400, lists: "EXH ABA OSCE HRW"},
	"korea.csv":       {observed: 123, lists: "b c d"},
	"australia.csv":   {observed: 414, lists: "A B C D"},
	"artificial3.csv": {observed: 96, lists: "A B C"},
	"hiv.csv":         {observed: 1896, lists: "c1 c2 c3 c4"},
	"hare.csv":        {observed: 68, lists: "c1 c2 c3 c4 c5 c6"},
	"spina.csv":       {observed: 626, lists: "L1 L2 L3"},
	// n1, n2, n3 as printed by CARE1 1.1.0 for its data set HAV.
	"hav.csv": {observed: 271, lists: "P Q E", totals: []int64{135, 122, 126}},
	// Totals of the four and five sources: documentation of the data sets Diabetes and Congenital, R package CARE1 1.1.0.
	"diabetes.csv":   {observed: 2069, lists: "L1 L2 L3 L4", totals: []int64{1754, 452, 1135, 173}},
	"congenital.csv": {observed: 537, lists: "L1 L2 L3 L4 L5", totals: []int64{183, 215, 36, 263, 252}},
}

func TestPublishedTables(t *testing.T) {
	readme, err := os.ReadFile("../../testdata/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range published {
		r, err := tableio.ReadTable(context.Background(), tableio.Source{Path: filepath.Join(tables, name)}, tableio.Options{})
		if err != nil {
			t.Error(err)
			continue
		}
		if got := r.Table.Observed(); got != want.observed {
			t.Errorf("%s: %d observed, want %d", name, got, want.observed)
		}
		if got := strings.Join(r.Table.Lists(), " "); got != want.lists {
			t.Errorf("%s: lists %s, want %s", name, got, want.lists)
		}
		for i, n := range want.totals {
			if got := r.Table.Totals()[i]; got != n {
				t.Errorf("%s: %d persons on list %d, want %d", name, got, i+1, n)
			}
		}
		if !strings.Contains(string(readme), "| "+name+" | ") {
			t.Errorf("testdata/README.md has no line about %s", name)
		}
	}
}
