package linkage

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// read gives the rows below a header to the exchange.
func (x *Exchange) read(rows ...string) error {
	header := strings.Split(rows[0], ",")
	names, err := x.Begin(header)
	if err != nil {
		return err
	}
	for k, row := range rows[1:] {
		all := strings.Split(row, ",")
		var values []string
		for _, n := range names {
			values = append(values, all[slices.Index(header, n)])
		}
		if err := x.Add(fmt.Sprintf("f.csv:%d", k+2), values); err != nil {
			return err
		}
	}
	return nil
}

var clusterRows = []string{
	"cluster_id,source_dataset,unique_id,first_name",
	"c1,police,1,x", "c1,care,1,x", "c1,care,2,x",
	"c2,police,2,x", "c2,chat,a,x",
	"c3,care,3,x",
}

func TestExchangeClusters(t *testing.T) {
	x := NewExchange()
	if err := x.read(clusterRows...); err != nil {
		t.Fatal(err)
	}
	g, err := x.Done(map[string]int64{"police": 2, "care": 3, "chat": 1})
	if err != nil {
		t.Fatal(err)
	}
	if !g.Certain || !slices.Equal(g.Registers, []string{"care", "chat", "police"}) {
		t.Errorf("%+v", g)
	}
	d, err := g.Draw(context.Background(), DrawOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// care and police 1, chat and police 1, care alone 1; the second record of care in c1 is of the same person.
	if want := []int64{0, 1, 0, 0, 0, 1, 1, 0}; d.Len() != 1 || !slices.Equal(d.Tables[0], want) {
		t.Errorf("%d draws, table %v, want %v", d.Len(), d.Tables[0], want)
	}
	p, err := g.Point(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if p[0] != p[1] || p[0] != p[2] || p[3] != p[4] || p[5] == p[0] || p[5] == p[3] {
		t.Errorf("clusters %v", p)
	}
}

func TestExchangePairs(t *testing.T) {
	rows := []string{
		"source_dataset_l,unique_id_l,source_dataset_r,unique_id_r,match_weight,match_probability",
		"a,1,b,1,9,1", "a,1,b,2,0,0.5", "b,3,a,2,-2,0.25",
	}
	x := NewExchange()
	if err := x.read(rows...); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Done(nil); err == nil || !strings.Contains(err.Error(), "names only the records that have a pair") {
		t.Errorf("pairs alone: %v", err)
	}
	x = NewExchange()
	if err := x.read(rows...); err != nil {
		t.Fatal(err)
	}
	g, err := x.Done(map[string]int64{"a": 5, "b": 3, "c": 2})
	if err != nil {
		t.Fatal(err)
	}
	if !g.Between {
		t.Error("no pair is of one register, which is not said")
	}
	if g.Certain || !slices.Equal(g.Unlisted, []int64{3, 0, 2}) || g.Rows().Len() != 10 {
		t.Errorf("%+v", g)
	}
	d, err := g.Draw(context.Background(), DrawOptions{Draws: 4000, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	var both, persons float64
	for k := range d.Len() {
		both += float64(d.Tables[k][3]) / 4000
		persons += float64(d.Persons(k)) / 4000
	}
	// One sure link; a half one that it excludes; one of 0.25: 1.25 in both on average, of 10 records.
	if math.Abs(both-1.25) > .03 || math.Abs(persons-8.75) > .03 {
		t.Errorf("%v persons on both registers, %v in all", both, persons)
	}
	p, err := g.Point(context.Background(), 0)
	if err != nil || p[0] != p[1] || p[0] == p[2] || p[3] == p[4] {
		t.Errorf("clusters %v, %v", p, err)
	}
	if p, err = g.Point(context.Background(), .2); err != nil || p[3] != p[4] {
		t.Errorf("clusters %v at 0.2, %v", p, err)
	}
}

// Pairs with the clusters: all records are known, and the probabilities are those of the pairs.
func TestExchangeBoth(t *testing.T) {
	x := NewExchange()
	if err := x.read(clusterRows...); err != nil {
		t.Fatal(err)
	}
	if err := x.read("source_dataset_l,unique_id_l,source_dataset_r,unique_id_r,match_weight", "police,1,care,3,1"); err != nil {
		t.Fatal(err)
	}
	g, err := x.Done(nil)
	if err != nil {
		t.Fatal(err)
	}
	if g.Certain || len(g.Links) != 1 || math.Abs(g.Links[0].Probability-2./3) > 1e-12 || g.Rows().Len() != 6 {
		t.Errorf("%+v", g)
	}
}

func TestExchangeFastLink(t *testing.T) {
	x := NewExchange()
	if err := x.read("inds.a,inds.b,gamma.1,posterior", "1,3,2,0.9", "2,1,2,0.99"); err != nil {
		t.Fatal(err)
	}
	g, err := x.Done(map[string]int64{"a": 4, "b": 3})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(g.Registers, []string{"a", "b"}) || len(g.Links) != 2 || g.Links[0].Probability != .9 || g.ID(1) != "3" {
		t.Errorf("%+v", g)
	}
}

func TestExchangeErrors(t *testing.T) {
	const pairs = "source_dataset_l,unique_id_l,source_dataset_r,unique_id_r,match_probability"
	for _, c := range []struct {
		says string
		rows []string
	}{
		{"columns id, name are not those", []string{"id,name"}},
		{"without match_probability", []string{"source_dataset_l,unique_id_l,source_dataset_r,unique_id_r"}},
		{"one of source_dataset_l", []string{"source_dataset_l,unique_id_l,unique_id_r,match_probability"}},
		{`f.csv:2: match_probability is "x"`, []string{pairs, "a,1,b,1,x"}},
		{"f.csv:2: match_probability is 1.5", []string{pairs, "a,1,b,1,1.5"}},
		{"f.csv:2: match_probability is \"NaN\"", []string{pairs, "a,1,b,1,NaN"}},
		{"f.csv:2: unique_id_l is empty", []string{pairs, "a,,b,1,1"}},
		{"f.csv:2: source_dataset_r is empty", []string{pairs, "a,1,,1,1"}},
		{"f.csv:2: record 1 of a is paired with itself", []string{pairs, "a,1,a,1,1"}},
		{"f.csv:3: records 1 of b and 1 of a were paired at f.csv:2", []string{pairs, "a,1,b,1,1", "b,1,a,1,.5"}},
		{"f.csv:2: cluster_id is empty", []string{"cluster_id,source_dataset,unique_id", ",a,1"}},
		{"f.csv:3: record 1 of a stands in two rows; the first is f.csv:2", []string{"cluster_id,source_dataset,unique_id", "c,a,1", "d,a,1"}},
		{`f.csv:2: inds.b is "0"`, []string{"inds.a,inds.b,posterior", "1,0,.5"}},
	} {
		if err := NewExchange().read(c.rows...); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: %v, want %s", c.rows, err, c.says)
		}
	}
	x := NewExchange()
	if _, err := x.Done(nil); err == nil {
		t.Error("no file: no error")
	}
	for _, sizes := range []map[string]int64{{"police": 2, "care": 2, "chat": 1}, {"police": 2, "care": 4, "chat": 1}, {"police": 2, "care": 3}} {
		x := NewExchange()
		if err := x.read(clusterRows...); err != nil {
			t.Fatal(err)
		}
		if _, err := x.Done(sizes); err == nil {
			t.Errorf("sizes %v: no error", sizes)
		}
	}
	x = NewExchange()
	if err := x.read(pairs); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Done(map[string]int64{}); err == nil {
		t.Error("no rows: no error")
	}
	x = NewExchange()
	if err := x.read(clusterRows...); err != nil {
		t.Fatal(err)
	}
	if err := x.read(pairs, "care,9,police,1,1"); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Done(nil); err == nil || !strings.Contains(err.Error(), "f.csv:2: record 9 of care has a pair") {
		t.Errorf("a pair of an unknown record: %v", err)
	}
}

// Any rows are read or refused, never half understood.
func FuzzExchange(f *testing.F) {
	f.Add("cluster_id,source_dataset,unique_id\nc,a,1\nc,b,1")
	f.Add("inds.a,inds.b,posterior\n1,2,.5")
	f.Add("source_dataset_l,unique_id_l,source_dataset_r,unique_id_r,match_probability\na,1,b,2,1e-3")
	f.Fuzz(func(t *testing.T, text string) {
		rows := strings.Split(text, "\n")
		width := strings.Count(rows[0], ",")
		rows = slices.DeleteFunc(rows, func(r string) bool { return strings.Count(r, ",") != width })
		x := NewExchange()
		if x.read(rows...) != nil {
			return
		}
		sizes := map[string]int64{}
		for _, name := range x.names {
			sizes[name]++
		}
		g, err := x.Done(sizes)
		if err != nil {
			return
		}
		d, err := g.Draw(context.Background(), DrawOptions{Draws: 2})
		if err != nil {
			t.Fatal(err)
		}
		for k := range d.Len() {
			if d.Persons(k) > int64(g.Rows().Len()) {
				t.Fatalf("%d persons of %d records", d.Persons(k), g.Rows().Len())
			}
		}
	})
}

// A pair inside a register says that repeats were looked for; clusters list every record.
func TestExchangeBetween(t *testing.T) {
	for _, c := range []struct {
		rows []string
		want bool
	}{
		{[]string{"source_dataset_l,unique_id_l,source_dataset_r,unique_id_r,match_probability", "a,1,b,1,.9"}, true},
		{[]string{"source_dataset_l,unique_id_l,source_dataset_r,unique_id_r,match_probability", "a,1,b,1,.9", "b,1,b,2,.1"}, false},
		{[]string{"unique_id_l,unique_id_r,match_probability", "1,2,.9"}, false},
		{[]string{"source_dataset,unique_id,cluster_id", "a,1,x", "b,1,x", "b,2,y"}, false},
	} {
		x := NewExchange()
		if err := x.read(c.rows...); err != nil {
			t.Fatal(err)
		}
		sizes := map[string]int64{"a": 1, "b": 2}
		if !strings.Contains(c.rows[0], "source_dataset") {
			sizes = map[string]int64{"records": 2}
		}
		g, err := x.Done(sizes)
		if err != nil || g.Between != c.want {
			t.Errorf("%v: between registers only %v, %v", c.rows, g, err)
		}
	}
}
