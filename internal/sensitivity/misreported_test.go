package sensitivity_test

import (
	"context"
	"math"
	"testing"

	"darkfigure/estimators"
	"darkfigure/estimators/knownelsewhere"
	"darkfigure/internal/sensitivity"
)

// One body that knows 4,000 people, and 10,000 visitors of whom 2,000 say that it knows them: with right answers N is 4,000/0.2 = 20,000. When a share r of those known
// deny it the share known is 0.2/(1−r) (Rogan and Gladen 1978) and N is 20,000·(1−r); when a share r of the others claim it, it is (0.2−r)/(1−r) and N is
// 20,000·0.2·(1−r)/(0.2−r). The mixture's median is within 3 % of it with so many answers.
func TestMisreportedByHand(t *testing.T) {
	table, err := estimators.FromCounts([]string{"A", "B"}, []int64{0, 3000, 1000, 1000})
	if err != nil {
		t.Fatal(err)
	}
	d := knownelsewhere.Data{Table: table, Visitors: 10000, SamePopulation: true, Bodies: []knownelsewhere.Body{{Name: "A", Lists: 1}}, Answers: knownelsewhere.Share(0, 10000, 2000)}
	got, err := sensitivity.Misreported(context.Background(), "chat", d, knownelsewhere.Options{Seed: 1}, []float64{0.05, 0.1})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 5 {
		t.Fatalf("%d alternatives", len(got))
	}
	for _, a := range got {
		want := 20000.0
		if r := a.Amount; r > 0 {
			want *= 1 - r
		} else if r < 0 {
			want *= 0.2 * (1 + r) / (0.2 + r)
		}
		if a.Status == estimators.Refused || math.Abs(math.Log(a.Population/want)) > 0.03 {
			t.Errorf("%g: %+v, want %g", a.Amount, a, want)
		}
		if a.Amount != 0 && math.Abs(a.Influence-math.Log(a.Population/got[0].Population)) > 1e-9 {
			t.Errorf("%g: the influence %g is not that against right answers", a.Amount, a.Influence)
		}
	}
}
