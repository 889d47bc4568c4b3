package linkage

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"
)

// benchmarkRecords makes two registers of so many records with five fields: given names, surnames with a long tail, birth date, sex and
// place. Most persons of the smaller register are in the larger, with a tenth of their names misspelt.
func benchmarkRecords(na, nb int) *Records {
	rng := rand.New(rand.NewPCG(1, 2))
	syllables := strings.Fields("ba be bo da de do fa ga ge ha he hui jan ka ke ko la le lo ma me mo na ne no pa pe ra re ro sa se so ta te to va ve vo wa we wo")
	name := func(i, least int) string {
		r := rand.New(rand.NewPCG(9, uint64(i)))
		var b strings.Builder
		for range least + r.IntN(3) {
			b.WriteString(syllables[r.IntN(len(syllables))])
		}
		return b.String()
	}
	names := func(n, least int) []string {
		out := make([]string, n)
		for i := range out {
			out[i] = name(i+least*1000003, least)
		}
		return out
	}
	given, surname, place := names(4000, 2), names(60000, 3), names(340, 2)
	long := func(n, shift int) int { // with a probability in proportion to 1/(rank + shift)
		x := rng.Float64()
		return min(n-1, int(float64(shift)*(math.Pow(float64(n+shift)/float64(shift), x)-1)))
	}
	typo := func(s string) string {
		if rng.Float64() > .1 || len(s) < 3 {
			return s
		}
		at := rng.IntN(len(s))
		return s[:at] + string(rune('a'+rng.IntN(26))) + s[at+1:]
	}
	fields := FieldsFor([]string{"given_name", "surname", "birth_date", "sex", "place"})
	b, err := NewBuilder(fields, []string{"a", "b"})
	if err != nil {
		panic(err)
	}
	values := make([]string, 5)
	total := max(na, nb)
	for p := range total {
		g, s := given[long(len(given), 30)], surname[long(len(surname), 60)]
		day := rng.IntN(366 * 70)
		date := time.Date(1940, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, day).Format("2006-01-02")
		sex := string("mv"[rng.IntN(2)])
		pl := place[long(len(place), 3)]
		for k, n := range []int{na, nb} {
			if p >= n {
				continue
			}
			values[0], values[1], values[2], values[3], values[4] = typo(g), typo(s), date, sex, pl
			if rng.Float64() < .1 {
				values[2] = time.Date(1940, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rng.IntN(366*70)).Format("2006-01-02")
			}
			if rng.Float64() < .05 {
				values[rng.IntN(5)] = ""
			}
			if err := b.Add(k, strconv.Itoa(p), values); err != nil {
				panic(err)
			}
		}
	}
	r, err := b.Records()
	if err != nil {
		panic(err)
	}
	return r
}

var benchmarkSizes = []struct {
	na, nb int
	rules  [][]string
}{
	{10_000, 10_000, [][]string{{"birth_date"}, {"surname_sound", "birth_year"}, {"surname_sound", "given_name_sound"}}},
	{1_000_000, 1_000_000, [][]string{{"birth_date"}, {"surname_sound", "birth_year"}, {"surname_sound", "given_name_sound"}}},
	{10_000_000, 1_000_000, [][]string{{"birth_date", "sex"}}},
}

// The large ones run when DARKFIGURE_LINKAGE_LARGE is set: they take a minute and two gigabytes.
func eachSize(b *testing.B, f func(b *testing.B, r *Records, rules [][]string)) {
	for _, size := range benchmarkSizes {
		b.Run(fmt.Sprintf("register=%.0ex%.0e/rules=%d", float64(size.na), float64(size.nb), len(size.rules)), func(b *testing.B) {
			if size.na > 100_000 && os.Getenv("DARKFIGURE_LINKAGE_LARGE") == "" {
				b.Skip("DARKFIGURE_LINKAGE_LARGE is not set")
			}
			r := benchmarkRecords(size.na, size.nb)
			defer debug.SetGCPercent(debug.SetGCPercent(50)) // as the commands do
			debug.FreeOSMemory()
			os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // the peak from now on
			b.ReportAllocs()
			f(b, r, size.rules)
			b.ReportMetric(peakMemory(), "MB-peak")
		})
	}
}

// peakMemory is the most memory the process has had, in megabytes, since it was last reset; 0 where the system does not tell.
func peakMemory() float64 {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if kb, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, _ := strconv.ParseFloat(strings.Fields(kb)[0], 64)
			return n / 1000
		}
	}
	return 0
}

func BenchmarkCompare(b *testing.B) {
	eachSize(b, func(b *testing.B, r *Records, rules [][]string) {
		for b.Loop() {
			graph, model, err := Compare(context.Background(), r, Options{Rules: rules, Only: true, Progress: func(step string, done, total int64) {}})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(model.Types[0].Compared)/1e6, "Mpairs")
			b.ReportMetric(float64(len(graph.Pairs))/1e6, "Mkept")
			b.ReportMetric(model.Types[0].Matches()/1e6, "Mmatches")
		}
	})
}

// All that is done with registers whose records are persons: comparison, EM, point linkage, 60 draws and error rates.
func BenchmarkLinkRecords(b *testing.B) {
	eachSize(b, func(b *testing.B, r *Records, rules [][]string) {
		for b.Loop() {
			l, err := LinkRecords(context.Background(), r, LinkOptions{Rules: rules, Only: true, Distinct: true})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(l.Rates.Pairs[0].Links.Value/1e6, "Mlinks")
			b.ReportMetric(l.Draws.Chains.Worst(), "R-hat")
		}
	})
}
