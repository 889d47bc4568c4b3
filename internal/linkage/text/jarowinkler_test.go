package text_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"darkfigure/internal/linkage/text"
)

// Winkler (1990), "String Comparator Metrics and Enhanced Decision Rules in the Fellegi-Sunter Model of Record
// Linkage", table of comparisons, to four digits, some of which are cut and not rounded (JONES and JOHNSON: .83238).
func TestJaroWinkler(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{
		{"MARTHA", "MARHTA", .9611},
		{"DIXON", "DICKSONX", .8133},
		{"DWAYNE", "DUANE", .8400},
		{"JONES", "JOHNSON", .8323},
		{"SHACKLEFORD", "SHACKELFORD", .9818},
		{"DUNNINGHAM", "CUNNIGHAM", .8963},
		{"NICHLESON", "NICHULSON", .9556},
		{"MASSEY", "MASSIE", .9333},
		{"ABROMS", "ABRAMS", .9222},
		{"JERALDINE", "GERALDINE", .9259},
		{"MICHELLE", "MICHAEL", .9214},
		{"JULIES", "JULIUS", .9333},
		{"TANYA", "TONYA", .8800},
		{"SEAN", "SUSAN", .8050},
		{"JON", "JAN", .8000},
		{"", "", 1}, {"", "a", 0}, {"a", "b", 0}, {"a", "a", 1},
	} {
		for _, pair := range [][2]string{{c.a, c.b}, {c.b, c.a}} {
			if got := text.JaroWinkler(pair[0], pair[1]); math.Abs(got-c.want) > 1e-4 {
				t.Errorf("JaroWinkler(%q, %q) = %.4f, want %.4f", pair[0], pair[1], got, c.want)
			}
		}
	}
}

// slow is the definition, letter by letter.
func slow(a, b string) float64 {
	if a == b {
		return 1
	}
	if a == "" || b == "" {
		return 0
	}
	reach := max(0, max(len(a), len(b))/2-1)
	var ma, mb []byte
	used := make([]bool, len(b))
	for i := range len(a) {
		for j := range len(b) {
			if !used[j] && a[i] == b[j] && i-j <= reach && j-i <= reach {
				used[j] = true
				ma = append(ma, a[i])
				break
			}
		}
	}
	for j := range len(b) {
		if used[j] {
			mb = append(mb, b[j])
		}
	}
	m := float64(len(ma))
	if m == 0 {
		return 0
	}
	out := 0
	for i := range ma {
		if ma[i] != mb[i] {
			out++
		}
	}
	j := (m/float64(len(a)) + m/float64(len(b)) + (m-float64(out/2))/m) / 3
	p := 0
	for p < min(4, len(a), len(b)) && a[p] == b[p] {
		p++
	}
	return j + .1*float64(p)*(1-j)
}

func TestJaroWinklerIsItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.StringMatching(`[a-d]{0,12}|[a-z ]{0,70}|[a-e]{58,90}`).Draw(t, "a")
		b := rapid.StringMatching(`[a-d]{0,12}|[a-z ]{0,70}|[a-e]{58,90}`).Draw(t, "b")
		if got, want := text.JaroWinkler(a, b), slow(a, b); math.Abs(got-want) > 1e-12 {
			t.Fatalf("JaroWinkler(%q, %q) = %v, by definition %v", a, b, got, want)
		}
	})
}

func FuzzFar(f *testing.F) {
	f.Add("martha", "marhta", uint8(80))
	f.Add("", "a", uint8(0))
	f.Add("jansen", "janssen", uint8(98))
	f.Add(strings.Repeat("ab", 200), strings.Repeat("ba", 200), uint8(90))
	f.Fuzz(func(t *testing.T, a, b string, percent uint8) {
		got := text.JaroWinkler(a, b)
		if math.Abs(got-slow(a, b)) > 1e-12 {
			t.Errorf("JaroWinkler(%q, %q) = %v, by definition %v", a, b, got, slow(a, b))
		}
		for _, threshold := range []float64{float64(percent) / 100, got} {
			if got >= threshold && text.Far(text.ProfileOf(a), text.ProfileOf(b), threshold) {
				t.Errorf("Far(%q, %q, %v), but their similarity is %v", a, b, threshold, got)
			}
		}
	})
}

// names as they occur, with typing errors.
func sampleNames(n int) []string {
	known := strings.Fields("jong jansen vries berg bakker dyk visser janssen smit meyer boer mulder groot bos vos peters hendriks leeuwen dekker brouwer wit dykstra smits graaf meer linden kok jacobs haan vermeulen heuvel veen broek bruyn bruin heyden schouten beek willems vliet hoekstra maas verhoeven koster yilmaz elidrissi amrani bouzid benali mohamed ahmed hussein abdi nguyen ramdin kowalski wisniewski popescu tesfay")
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]string, n)
	for i := range out {
		name := []byte(known[r.IntN(len(known))])
		if r.IntN(3) == 0 {
			name = append(name, known[r.IntN(len(known))][:3]...)
		}
		if r.IntN(4) == 0 {
			name[r.IntN(len(name))] = byte('a' + r.IntN(26))
		}
		out[i] = string(name)
	}
	return out
}

func TestFarAllocatesNothing(t *testing.T) {
	a, b := "vanderheyden", "vandenheuvel"
	pa, pb := text.ProfileOf(a), text.ProfileOf(b)
	if n := testing.AllocsPerRun(100, func() {
		if !text.Far(pa, pb, .99) {
			_ = text.JaroWinkler(a, b)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkJaroWinkler(b *testing.B) {
	for _, length := range []int{0, 30} { // 0: names as they are
		names := sampleNames(1 << 12)
		if length > 0 {
			for i := range names {
				names[i] = strings.Repeat(names[i]+" ", length)[:length]
			}
		}
		b.Run(fmt.Sprintf("length=%d", length), func(b *testing.B) {
			b.ReportAllocs()
			s := 0.
			for i := range b.N {
				s += text.JaroWinkler(names[i&4095], names[(i*7+1)&4095])
			}
			sink = s
		})
	}
}

func BenchmarkFar(b *testing.B) {
	names := sampleNames(1 << 12)
	profiles := make([]text.Profile, len(names))
	for i, n := range names {
		profiles[i] = text.ProfileOf(n)
	}
	b.ReportAllocs()
	far := 0
	for i := range b.N {
		if text.Far(profiles[i&4095], profiles[(i*7+1)&4095], .8) {
			far++
		}
	}
	b.ReportMetric(float64(far)/float64(b.N), "far/pair")
}

var sink float64
