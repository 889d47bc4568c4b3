package linkage

import "testing"

// A prefix that is written together with the name in one register is in a column of its own in another, where many records
// make but one text: one text that stands by itself is enough to know the name.
func TestPrefixesGluedToNames(t *testing.T) {
	b, err := NewBuilder(FieldsFor([]string{"given_name", "prefix", "surname", "birth_date"}), []string{"care", "police"})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range [][]string{{"Jayden", "van", "Dam", "2002-11-13"}, {"Jayden", "", "Vandam", "2002-11-13"}, {"Maud", "", "Vandaal", "2003-04-02"}, {"Sem", "", "Berg, van den", "2003-04-05"}} {
		if err := b.Add(i%2, "", v); err != nil {
			t.Fatal(err)
		}
	}
	r, err := b.Records()
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Pattern(0, 1).Level(1); got > 1 { // 1: another way of writing it
		t.Errorf("Vandam beside van Dam is at level %d", got)
	}
	if got := r.Pattern(0, 2).Level(1); got <= 1 {
		t.Error("Vandaal, beside which no Daal is known, is van Dam")
	}
}
