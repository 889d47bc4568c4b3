package linkage

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"darkfigure/estimators"
	"darkfigure/internal/resample"
)

// families are two registers of 1,300 people who live in families of one to four, of whom a tenth moved in between; truth is how many are in both.
func families(t *testing.T, fields []Field, seed uint64) (r *Records, truth float64) {
	t.Helper()
	rng := resample.Stream(seed, 0)
	word := func(n int) string {
		return fmt.Sprintf("%c%c%c%c%c", 'a'+n%23, 'a'+n/7%11, 'k'+n/3%9, 'a'+n/19%13, 'd'+n/5%17)
	}
	type person [5]string // given name, surname, date of birth, sex, address
	var people []person
	for len(people) < 1300 {
		surname, address := word(1000+rng.IntN(400)), fmt.Sprintf("%s %d", word(3000+rng.IntN(80)), 1+rng.IntN(150))
		for range 1 + rng.IntN(4) {
			people = append(people, person{word(rng.IntN(60)), surname, fmt.Sprintf("%d-%02d-%02d", 2003+rng.IntN(15), 1+rng.IntN(12), 1+rng.IntN(28)), []string{"m", "v"}[rng.IntN(2)], address})
		}
	}
	b, err := NewBuilder(fields, []string{"a", "b"})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range people {
		both := 0
		for a, share := range []float64{.35, .3} {
			if rng.Float64() >= share {
				continue
			}
			both++
			q := p
			if rng.Float64() < .08 {
				q[0] = q[0][:1] + "x" + q[0][2:]
			}
			if rng.Float64() < .1 {
				q[4] = fmt.Sprintf("%s %d", word(3000+rng.IntN(80)), 1+rng.IntN(150))
			}
			if err := b.Add(a, fmt.Sprint(i), q[:]); err != nil {
				t.Fatal(err)
			}
		}
		if both == 2 {
			truth++
		}
	}
	if r, err = b.Records(); err != nil {
		t.Fatal(err)
	}
	return r, truth
}

func familyFields(kinds map[string]Kind) (fields []Field) {
	for at, name := range []string{"given_name", "surname", "birth_date", "sex", "address"} {
		if k, ok := kinds[name]; ok {
			fields = append(fields, Field{name, k, []Column{{at, Whole}}})
		}
	}
	return fields
}

// TestFamilies: brothers and sisters, who have surname and address in common, are not taken for matches. Without the date of birth they are as many as matches, and with the fields
// taken for independent, EM finds both: some two and a half times the number.
func TestFamilies(t *testing.T) {
	for seed := range uint64(3) {
		r, truth := families(t, familyFields(map[string]Kind{"given_name": Given, "surname": Surname, "sex": Sex, "address": Text}), seed)
		l, err := LinkRecords(t.Context(), r, LinkOptions{Distinct: true, Draws: 20})
		if err != nil {
			t.Fatal(err)
		}
		if em := l.Model.Types[0].Matches(); math.Abs(em/truth-1) > .15 {
			t.Errorf("seed %d: EM finds %.0f matches of %v", seed, em, truth)
		}
		if drawn := l.Rates.Pairs[0].Links; math.Abs(drawn.Value/truth-1) > .2 {
			t.Errorf("seed %d: %+v drawn of %v", seed, drawn, truth)
		}
		if !slices.ContainsFunc(l.Warnings, func(w estimators.Warning) bool {
			return w.Code == "families-among-pairs" && strings.Contains(w.Text, "surname and address")
		}) {
			t.Errorf("seed %d: %v", seed, l.Warnings)
		}
	}
}

// Where one field is left to tell them apart, nothing is linked, and the refusal names the fields of families.
func TestFamiliesRefused(t *testing.T) {
	r, _ := families(t, familyFields(map[string]Kind{"birth_date": Date, "surname": Surname, "address": Text}), 1)
	_, err := LinkRecords(t.Context(), r, LinkOptions{Distinct: true, Draws: -1})
	var refused *estimators.Refusal
	if !errors.As(err, &refused) || !strings.Contains(refused.Text, "while surname and address agree, as in families") {
		t.Errorf("%v", err)
	}
}
