package text_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"darkfigure/internal/linkage/text"
)

func TestPlace(t *testing.T) {
	for raw, want := range map[string]string{
		"'s-Gravenhage": "den haag", "Den Haag": "den haag", "The Hague": "den haag", "’s-Hertogenbosch": "den bosch", "Den Bosch": "den bosch", "A'dam": "amsterdam", "Adam": "amsterdam", "R'dam": "rotterdam",
		"Bergen (NH)": "bergen", "Gemeente Utrecht": "utrecht", "IJsselstein": "ysselstein", "GM0363": "gm0363", "0363": "gm0363", "Nuth": "nuth", "onbekend": "", "": "", "12": "",
	} {
		if got, why := text.Place(raw); got != want || (why == text.Kept) != (want != "") {
			t.Errorf("Place(%q) = %q, %q, want %q", raw, got, why, want)
		}
	}
}

func TestMerges(t *testing.T) {
	m, err := text.ReadMerges(strings.NewReader("old,new,year\nNuth,Beekdaelen,2019\nA,B,2000\nB,C,2010\n"), "merges.csv")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		place string
		year  int
		want  string
	}{{"nuth", 0, "beekdaelen"}, {"nuth", 2018, "nuth"}, {"nuth", 2019, "beekdaelen"}, {"a", 0, "c"}, {"a", 2005, "b"}, {"utrecht", 0, "utrecht"}} {
		if got := m.Current(c.place, c.year); got != c.want {
			t.Errorf("%s at the end of %d is %s, want %s", c.place, c.year, got, c.want)
		}
	}
	for bad, message := range map[string]string{
		"old,new,year\nA,B\n": "merges.csv:2: ", "A,B,2000\nC,D,year\n": "merges.csv:2: ", "A,B,2000\nA,C,2001\n": "merges.csv:2: ", "A,B,2000\nB,A,2001\n": "becomes part of itself", ",B,2000\n": "merges.csv:1: ",
	} {
		if _, err := text.ReadMerges(strings.NewReader(bad), "merges.csv"); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if got := (text.Merges{}).Current("nuth", 0); got != "nuth" {
		t.Errorf("without a table nuth is %s", got)
	}
}

func TestPostcode(t *testing.T) {
	for raw, want := range map[string]string{"1234 AB": "1234 1234AB", "1234ab": "1234 1234AB", "1234": "1234 ", "1234.0": "1234 ", "0000": " unknown", "12345": " not-recognised", "B-1000": " not-recognised", "": " empty", "1234 A": " not-recognised"} {
		pc4, pc6, why := text.Postcode(raw)
		if got := pc4 + " " + pc6 + string(why); got != want {
			t.Errorf("Postcode(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestSex(t *testing.T) {
	for raw, want := range map[string]text.Sex{"m": text.Male, "M": text.Male, "Man": text.Male, "mannelijk": text.Male, "jongen": text.Male, "1": text.Male, "1.0": text.Male, "v": text.Female, "F": text.Female, "Vrouw": text.Female, "meisje": text.Female, "2": text.Female,
		"x": text.SexUnknown, "onbekend": text.SexUnknown, "": text.SexUnknown, "0": text.SexUnknown, "3": text.SexUnknown} {
		if got, why := text.SexOf(raw); got != want || (why == text.Kept) != (want != text.SexUnknown) {
			t.Errorf("SexOf(%q) = %v, %q", raw, got, why)
		}
	}
}

func TestNationality(t *testing.T) {
	for raw, want := range map[string]string{
		"NL": "NL", "nld": "NL", "Nederlandse": "NL", "NEDERLANDS": "NL", "Nederland": "NL", "Dutch": "NL", "Marokkaans": "MA", "Marokkaanse": "MA", "Turkije": "TR", "Türkiye": "TR", "Surinaamse": "SR", "Poolse": "PL", "Syrische": "SY",
		"Nederlands/Marokkaans": "MA NL", "NL, MA": "MA NL", "Nederlands en Turks": "NL TR", "NL;NL": "NL", "Bosnië en Herzegovina": "BA", "Trinidad en Tobago": "TT", "staatloos": "XX", "Guinee-Bissau": "GW", "België": "BE", "Kosovo": "XK",
		"NA": "", "onbekend": "", "": "", "Klingon": "", "Nederlands/Klingon": "", "/": "",
	} {
		got, why := text.Nationality(raw)
		if strings.Join(got, " ") != want || (why == text.Kept) != (want != "") {
			t.Errorf("Nationality(%q) = %v, %q, want %q", raw, got, why, want)
		}
	}
}

func TestAccents(t *testing.T) {
	damaged := []string{"ZoÃ«", "Jansen", "RenÃ©e", "AndrÃ©", "BjÃ¶rn", "MÃ¼ller", "JÃ¼rgen", "EsmÃ©e", "ChloÃ©", "AnaÃ¯s", "Ã‡elik", "Åžahin", "IrÃ¨ne", "NoÃ«l", "LoÃ¯s", "ZoÃ© â€“", "NoÃ«l", "NoÃ«l", "NoÃ«l", "NoÃ«l"}
	var s text.AccentSample
	for _, v := range append(damaged, "José") {
		s.Add(v)
	}
	a := s.Decide()
	if !a.Damaged || s.Damaged != 19 || s.Intact != 1 {
		t.Fatalf("%+v is %+v", s, a)
	}
	for raw, want := range map[string]string{"ZoÃ«": "Zoë", "Ã‡elik": "Çelik", "Åžahin": "Şahin", "Jansen": "Jansen", "José": "José", "ZoÃ© â€“": "Zoé –"} {
		if got, changed := a.Repair(raw); got != want || changed != (raw != want) {
			t.Errorf("%q is repaired to %q, %v", raw, got, changed)
		}
	}
	// Some damage among whole accents is left.
	s = text.AccentSample{}
	for _, v := range []string{"Zoë", "José", "RenÃ©e", "JOÃO"} {
		s.Add(v)
	}
	if s.Decide().Damaged {
		t.Error("a column of whole accents is repaired")
	}
	if got, changed := (text.Accents{}).Repair("RenÃ©e"); changed || got != "RenÃ©e" {
		t.Error("a value is repaired by itself")
	}
}

func filters(t testing.TB, values ...string) *text.FilterColumn {
	t.Helper()
	var s text.FilterSample
	for _, v := range values {
		s.Add(v)
	}
	c, err := s.Decide()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFilters(t *testing.T) {
	a, b := make([]byte, 125), make([]byte, 125)
	for i := range a {
		a[i], b[i] = byte(i*37+1), byte(i*11+3)
	}
	shared, all := 0, 0
	for i := range a {
		for k := range 8 {
			x, y := a[i]>>k&1, b[i]>>k&1
			shared += int(x & y)
			all += int(x + y)
		}
	}
	want := 2 * float64(shared) / float64(all)
	for name, encode := range map[string]func([]byte) string{"hex": hex.EncodeToString, "base64": base64.StdEncoding.EncodeToString, "raw url": base64.RawURLEncoding.EncodeToString} {
		c := filters(t, encode(a), encode(b), "", "onbekend")
		x, why1 := c.Parse(encode(a))
		y, why2 := c.Parse(encode(b))
		if why1 != text.Kept || why2 != text.Kept || len(x) != 16 || c.Bits() != 1000 {
			t.Fatalf("%s: %q, %q, %d words, %d bits", name, why1, why2, len(x), c.Bits())
		}
		if got := text.Dice(x, y); math.Abs(got-want) > 1e-15 || text.Dice(x, x) != 1 {
			t.Errorf("%s: Dice %v, want %v", name, got, want)
		}
		for raw, want := range map[string]text.Dropped{"": text.Empty, "!": text.Unknown, "zz!": text.NotRead, encode(a[:80]): text.OtherLength, encode(make([]byte, 125)): text.EmptyFilter} {
			if got, why := c.Parse(raw); got != nil || why != want {
				t.Errorf("%s: %.20q is dropped as %q, want %q", name, raw, why, want)
			}
		}
	}
	for _, bad := range [][]string{{"Jansen!", "Pietersen!"}, {"00ff", "00ff00", "00ff0000"}} {
		var s text.FilterSample
		for _, v := range bad {
			s.Add(v)
		}
		if _, err := s.Decide(); err == nil {
			t.Errorf("%q are filters", bad)
		}
	}
	if text.Dice([]uint64{0}, []uint64{0}) != 0 {
		t.Error("two empty filters are alike")
	}
}

func FuzzFilters(f *testing.F) {
	f.Add("00ff", "AP8=")
	f.Fuzz(func(t *testing.T, a, b string) {
		var s text.FilterSample
		s.Add(a)
		s.Add(b)
		c, err := s.Decide()
		if err != nil {
			return
		}
		x, why := c.Parse(a)
		if (x == nil) == (why == text.Kept) {
			t.Errorf("%q is %v, %q", a, x, why)
		}
		if y, _ := c.Parse(b); x != nil && y != nil {
			if d := text.Dice(x, y); d < 0 || d > 1 || text.Dice(x, x) != 1 {
				t.Errorf("Dice %v", d)
			}
		}
	})
}

func BenchmarkDice(b *testing.B) {
	x := slices.Repeat([]uint64{0xf0f1f2f3f4f5f6f7}, 16)
	y := slices.Repeat([]uint64{0x0123456789abcdef}, 16)
	b.ReportAllocs()
	for range b.N {
		sink += text.Dice(x, y)
	}
}

func BenchmarkNormalise(b *testing.B) {
	c := func() *text.DateColumn {
		s := text.DateSample{}
		s.Add("31-12-2004")
		c, _ := s.Decide()
		return c
	}()
	for name, f := range map[string]func(){
		"given":      func() { text.GivenName("Sanne") },
		"surname":    func() { text.Surname("van den Berg", "", nil) },
		"accents":    func() { text.Surname("Çelik", "", nil) },
		"date":       func() { c.Parse("31-12-2004") },
		"sound":      func() { text.Sound("schouten") },
		"soundother": func() { text.SoundOther("mohammed") },
	} {
		b.Run(fmt.Sprint(name), func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				f()
			}
		})
	}
}
