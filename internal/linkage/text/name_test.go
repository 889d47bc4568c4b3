package text_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"darkfigure/internal/linkage/text"
)

func TestFold(t *testing.T) {
	for raw, want := range map[string]string{
		"Zoë": "zoe", "Çelik": "celik", "Şahin": "sahin", "Yıldız": "yildiz", "İbrahim": "ibrahim", "Łukasz": "lukasz", "Straße": "strasse", "Sørensen": "sorensen",
		"Æther Œuvre": "aether oeuvre", "Dijk": "dyk", "Ĳsbrand": "ysbrand", "Van Dÿk": "van dyk", "O'Brien": "obrien", "O’Brien": "obrien", "Anne-Marie": "anne marie",
		"  DE   VRIES ": "de vries", "ﬁets": "fiets", "Nguyễn": "nguyen", "Đặng": "dang", "12-b": "12 b", "": "", "--": "", "Иван": "иван", "a\u200bb": "ab",
	} {
		if got := text.Fold(raw); got != want {
			t.Errorf("Fold(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestGivenName(t *testing.T) {
	for raw, want := range map[string]text.Given{
		"Sanne":                    {First: "sanne", Initials: "s"},
		"JAN PETER":                {First: "jan", Rest: []string{"peter"}, Initials: "jp", Alternatives: []string{"janpeter"}},
		"J.P.":                     {Initials: "jp"},
		"JP":                       {Initials: "jp"},
		"j p":                      {Initials: "jp"},
		"J. P. M.":                 {Initials: "jpm"},
		"Th.":                      {Initials: "t"},
		"Jan P.":                   {First: "jan", Initials: "jp"},
		"Anne-Marie":               {First: "anne", Rest: []string{"marie"}, Initials: "am", Alternatives: []string{"annemarie"}},
		"Johannes (Jan)":           {First: "johannes", Initials: "j", Alternatives: []string{"jan"}},
		`Johannes Petrus "Hans" M`: {First: "johannes", Rest: []string{"petrus"}, Initials: "jp", Alternatives: []string{"hans"}},
		"Jan van der":              {First: "jan", Initials: "j", Prefix: "van der"},
		"J. v.d.":                  {Initials: "j", Prefix: "vd"},
		"Thijs2":                   {First: "thys", Initials: "t", Digits: true},
		"hayd en":                  {First: "hayd", Rest: []string{"en"}, Initials: "he", Alternatives: []string{"hayden"}},
		"e mma":                    {First: "mma", Initials: "em", Alternatives: []string{"emma"}},
		"D'Arcy":                   {First: "darcy", Initials: "d"},
		"van Galen":                {First: "van", Rest: []string{"galen"}, Initials: "vg", Alternatives: []string{"galen", "vangalen"}},
		"Ly":                       {First: "ly", Initials: "l"},
		"Jürgen":                   {First: "jurgen", Initials: "j"},
		"Fatıma":                   {First: "fatima", Initials: "f"},
		"onbekend":                 {Dropped: text.Unknown},
		"N.N.":                     {Dropped: text.Unknown},
		"?":                        {Dropped: text.Unknown},
		"-":                        {Dropped: text.Unknown},
		"NA":                       {Dropped: text.Unknown},
		"Na":                       {First: "na", Initials: "n"},
		"geen":                     {Dropped: text.None},
		"Baby":                     {Dropped: text.Placeholder},
		"meisje":                   {Dropped: text.Placeholder},
		"TEST":                     {Dropped: text.Placeholder},
		"":                         {Dropped: text.Empty},
		"  ":                       {Dropped: text.Empty},
		"123":                      {Digits: true, Dropped: text.NotRead},
	} {
		if d := cmp.Diff(want, text.GivenName(raw)); d != "" {
			t.Errorf("GivenName(%q): %s", raw, d)
		}
	}
}

func TestInitials(t *testing.T) {
	for raw, want := range map[string]string{"J.P.": "jp", "JP": "jp", "JAN": "jan", "j p": "jp", "jp": "jp", "Th.J.": "tj", "X": "x", "N.N.": "nn", "": "", "onbekend": ""} {
		if got, _ := text.Initials(raw); got != want {
			t.Errorf("Initials(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestSurname(t *testing.T) {
	known := func(s string) bool { return strings.Contains(" berg boer hof meer vries ", " "+s+" ") }
	for _, c := range []struct {
		raw, column string
		want        text.Surnames
	}{
		{"Jansen", "", text.Surnames{Names: []string{"jansen"}}},
		{"van den Berg", "", text.Surnames{Prefix: "van den", Names: []string{"berg"}}},
		{"VAN DEN BERG", "", text.Surnames{Prefix: "van den", Names: []string{"berg"}}},
		{"Berg, van den", "", text.Surnames{Prefix: "van den", Names: []string{"berg"}}},
		{"Berg", "van den", text.Surnames{Prefix: "van den", Names: []string{"berg"}}},
		{"van den Berg", "van den", text.Surnames{Prefix: "van den", Names: []string{"berg"}}},
		{"v.d. Berg", "", text.Surnames{Prefix: "vd", Names: []string{"berg"}}},
		{"v/d Berg", "", text.Surnames{Prefix: "vd", Names: []string{"berg"}}},
		{"v d Berg", "", text.Surnames{Prefix: "vd", Names: []string{"berg"}}},
		{"vd Berg", "", text.Surnames{Prefix: "vd", Names: []string{"berg"}}},
		{"Berg", "v.d.", text.Surnames{Prefix: "vd", Names: []string{"berg"}}},
		{"Berg", "v/d", text.Surnames{Prefix: "vd", Names: []string{"berg"}}},
		{"vandenberg", "", text.Surnames{Prefix: "van den", Names: []string{"berg", "vandenberg"}}},
		{"vandenbroek", "", text.Surnames{Names: []string{"vandenbroek"}}},
		{"deboer", "", text.Surnames{Prefix: "de", Names: []string{"boer", "deboer"}}},
		{"Vanthof", "", text.Surnames{Prefix: "van het", Names: []string{"hof", "vanthof"}}},
		{"van 't Hof", "", text.Surnames{Prefix: "van het", Names: []string{"hof"}}},
		{"van’t Hof", "", text.Surnames{Prefix: "van het", Names: []string{"hof"}}},
		{"van`t Hof", "", text.Surnames{Prefix: "van het", Names: []string{"hof"}}},
		{"'t Hart", "", text.Surnames{Prefix: "het", Names: []string{"hart"}}},
		{"'s-Gravesande", "", text.Surnames{Prefix: "s", Names: []string{"gravesande"}}},
		{"d'Angelo", "", text.Surnames{Prefix: "d", Names: []string{"angelo"}}},
		{"O'Brien", "", text.Surnames{Names: []string{"obrien"}}},
		{"Jansen-de Vries", "", text.Surnames{Prefix: "de", Names: []string{"jansen", "vries"}}},
		{"Jansen - Vries", "", text.Surnames{Names: []string{"jansen", "vries"}}},
		{"Jansen/de Vries", "", text.Surnames{Prefix: "de", Names: []string{"jansen", "vries"}}},
		{"J. Jansen e/v de Vries", "", text.Surnames{Prefix: "de", Names: []string{"jansen", "vries"}, Initials: "j"}},
		{"Jansen e.v. Vries", "", text.Surnames{Names: []string{"jansen", "vries"}}},
		{"Jansen, e/v Vries", "", text.Surnames{Names: []string{"jansen", "vries"}}},
		{"Vries geb. Jansen", "", text.Surnames{Names: []string{"vries", "jansen"}}},
		{"Jansen (geb. Bakker)", "", text.Surnames{Names: []string{"jansen", "bakker"}}},
		{"Jansen gehuwd met de Vries", "", text.Surnames{Prefix: "de", Names: []string{"jansen", "vries"}}},
		{"Jansen w.v. Vries", "", text.Surnames{Names: []string{"jansen", "vries"}}},
		{"Jansen, J.P.", "", text.Surnames{Names: []string{"jansen"}, Initials: "jp"}},
		{"Jansen, Pieter", "", text.Surnames{Names: []string{"jansen"}, Given: "pieter"}},
		{"Berg, J. van den", "", text.Surnames{Prefix: "van den", Names: []string{"berg"}, Initials: "j"}},
		{"El Idrissi", "", text.Surnames{Prefix: "el", Names: []string{"idrissi", "elidrissi"}}},
		{"El-Idrissi", "", text.Surnames{Prefix: "el", Names: []string{"idrissi", "elidrissi"}}},
		{"elidrissi", "", text.Surnames{Names: []string{"elidrissi"}}},
		{"Idrissi", "el", text.Surnames{Prefix: "el", Names: []string{"idrissi", "elidrissi"}}},
		{"Idrissi, el", "", text.Surnames{Prefix: "el", Names: []string{"idrissi", "elidrissi"}}},
		{"Aït Haddou", "", text.Surnames{Prefix: "ait", Names: []string{"haddou", "aithaddou"}}},
		{"Jansz.", "", text.Surnames{Names: []string{"jansz", "jan"}}},
		{"Janszoon", "", text.Surnames{Names: []string{"janszoon", "jan"}}},
		{"Pieters-Jansdochter", "", text.Surnames{Names: []string{"pieters", "jansdochter", "jan"}}},
		{"Garcia Lopez", "", text.Surnames{Names: []string{"garcia", "lopez", "garcialopez"}}},
		{"p aine", "", text.Surnames{Names: []string{"aine", "paine"}, Initials: "p"}},
		{"de la Cruz", "", text.Surnames{Prefix: "de la", Names: []string{"cruz"}}},
		{"Van", "", text.Surnames{Names: []string{"van"}}},
		{"Ben", "", text.Surnames{Names: []string{"ben"}}},
		{"Jongen", "", text.Surnames{Names: []string{"jongen"}}},
		{"Vries jr.", "", text.Surnames{Names: []string{"vries"}}},
		{"Dijk", "van", text.Surnames{Prefix: "van", Names: []string{"dyk"}}},
		{"Jansen2", "", text.Surnames{Names: []string{"jansen"}, Digits: true}},
		{"onbekend", "", text.Surnames{Dropped: text.Unknown}},
		{"", "van", text.Surnames{Prefix: "van", Dropped: text.Empty}},
		{"...", "", text.Surnames{Dropped: text.Unknown}},
		{"8", "", text.Surnames{Digits: true, Dropped: text.NotRead}},
	} {
		if d := cmp.Diff(c.want, text.Surname(c.raw, c.column, known)); d != "" {
			t.Errorf("Surname(%q, %q): %s", c.raw, c.column, d)
		}
	}
	if got := text.Surname("vandenberg", "", nil); len(got.Names) != 1 || got.Prefix != "" {
		t.Errorf("without known surnames vandenberg is %+v", got)
	}
}

func TestNearPrefix(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want text.PrefixLevel
	}{
		{"", "", text.PrefixEqual}, {"van den", "van den", text.PrefixEqual},
		{"van den", "van der", text.PrefixNear}, {"van de", "van der", text.PrefixNear}, {"vd", "van der", text.PrefixNear}, {"vdr", "van den", text.PrefixNear}, {"v", "van", text.PrefixNear},
		{"van", "", text.PrefixMissing},
		{"van", "de", text.PrefixDifferent}, {"van", "van der", text.PrefixDifferent}, {"el", "al", text.PrefixDifferent}, {"vd", "van", text.PrefixDifferent}, {"in de", "op de", text.PrefixDifferent},
	} {
		if got, back := text.NearPrefix(c.a, c.b), text.NearPrefix(c.b, c.a); got != c.want || back != c.want {
			t.Errorf("NearPrefix(%q, %q) = %d, and %d the other way round, want %d", c.a, c.b, got, back, c.want)
		}
	}
}

func TestWhole(t *testing.T) {
	single := text.Name{Given: "tesfay", Surnames: []string{"tesfay"}, Single: true}
	for _, c := range []struct {
		given, surname, initials string
		want                     text.Name
	}{
		{"Jan Peter", "Berg, van den", "", text.Name{Given: "jan", Middle: []string{"peter"}, Alternatives: []string{"janpeter"}, Initials: "jp", Prefix: "van den", Surnames: []string{"berg"}}},
		{"Jan", "Jansen", "jpm", text.Name{Given: "jan", Initials: "jpm", Surnames: []string{"jansen"}}},
		{"", "Jansen, J.P.", "", text.Name{Initials: "jp", Surnames: []string{"jansen"}}},
		{"", "Jansen, Pieter", "", text.Name{Given: "pieter", Initials: "p", Surnames: []string{"jansen"}}},
		{"Jan van der", "Meer", "", text.Name{Given: "jan", Initials: "j", Prefix: "van der", Surnames: []string{"meer"}}},
		{"geen", "Tesfay", "", single},
		{"", "Tesfay", "", text.Name{Surnames: []string{"tesfay"}}},
		{"FNU", "Tesfay", "", single},
		{"Tesfay", "n.v.t.", "", text.Name{Given: "tesfay", Initials: "t", Surnames: []string{"tesfay"}, Single: true}},
		{"Tesfay", "Tesfay", "", text.Name{Given: "tesfay", Initials: "t", Surnames: []string{"tesfay"}, Single: true}},
	} {
		if d := cmp.Diff(c.want, text.Whole(text.GivenName(c.given), text.Surname(c.surname, "", nil), c.initials)); d != "" {
			t.Errorf("%q and %q: %s", c.given, c.surname, d)
		}
	}
}

// One sound, many spellings; and names that must not share a key.
func TestSound(t *testing.T) {
	for _, same := range []string{"meijer meyer meier", "jansen janssen janzen jansenn", "dijk dyk dijck", "kooij kooi kooy", "visser fisser", "schouten sgouten", "groot grood", "bakker backer baker",
		"thijs tijs thys tys", "vries fries vriez", "ouwens auwens", "kuiper kuyper cuyper", "jacob jakop", "haan han", "celina selina", "sophie sofie", "boeije boeie", "schmit schmid schmidt", "kwak quak", "max maks"} {
		names := strings.Fields(same)
		for _, n := range names {
			if text.Sound(text.Fold(n)) != text.Sound(text.Fold(names[0])) {
				t.Errorf("Sound(%q) = %q, Sound(%q) = %q", n, text.Sound(text.Fold(n)), names[0], text.Sound(text.Fold(names[0])))
			}
		}
	}
	for _, pair := range [][2]string{{"jansen", "jensen"}, {"bos", "vos"}, {"smit", "schmidt"}, {"berg", "borg"}, {"meer", "meier"}, {"kok", "koek"}, {"haan", "aan"}} {
		if text.Sound(pair[0]) == text.Sound(pair[1]) {
			t.Errorf("%s and %s share the key %q", pair[0], pair[1], text.Sound(pair[0]))
		}
	}
}

func TestSoundOther(t *testing.T) {
	for _, same := range []string{"youssef yousef yusif", "yusuf yousouf yoesoef", "mohamed mohammed muhammad mehmet mohammad muhamed", "khalid halid", "djamal jamal", "cemal djemal", "oualid walid", "şahin shahin sahin", "achmed ahmed", "rachid rashid", "abdallah abdalla", "gheorghe"} {
		names := strings.Fields(same)
		for _, n := range names[1:] {
			if a, b := text.SoundOther(text.Fold(names[0])), text.SoundOther(text.Fold(n)); a != b {
				t.Errorf("%s is %q and %s is %q", names[0], a, n, b)
			}
		}
	}
	if a, b := text.SoundOther("mohamed"), text.SoundOther("ahmed"); a == b {
		t.Errorf("mohamed and ahmed share the key %q", a)
	}
}

func TestNicknames(t *testing.T) {
	n := text.DefaultNicknames()
	for _, p := range [][2]string{{"jan", "johannes"}, {"johannes", "jan"}, {"sofie", "sophie"}, {"mo", "mohamed"}, {"thys", "matthys"}, {"tess", "tessa"}, {"emma", "emma"}} {
		if !n.Same(p[0], p[1]) {
			t.Errorf("%s and %s are not the same", p[0], p[1])
		}
	}
	if n.Same("jan", "hans") || n.Same("emma", "eva") {
		t.Error("the relation is too wide")
	}
	more, err := n.Extend(strings.NewReader("# ours\nEmma = Em, Emmie\n"), "ours.txt")
	if err != nil || !more.Same("emmie", "emma") || n.Same("emmie", "emma") || !more.Same("jan", "johannes") {
		t.Errorf("extended: %v", err)
	}
	if _, err := n.Extend(strings.NewReader("Emma = Em\nEmma, Em\n"), "ours.txt"); err == nil || !strings.HasPrefix(err.Error(), "ours.txt:2: ") {
		t.Errorf("a bad line gives %v", err)
	}
}

// Normalising what was normalised changes nothing.
func checkNames(t interface {
	Helper()
	Errorf(string, ...any)
}, raw string) {
	t.Helper()
	if once := text.Fold(raw); text.Fold(once) != once {
		t.Errorf("Fold(%q) = %q, and of that %q", raw, once, text.Fold(once))
	}
	g := text.GivenName(raw)
	if again := text.GivenName(g.First); g.First != "" && again.First != g.First && again.Dropped == text.Kept && again.Initials != g.First {
		t.Errorf("GivenName(%q).First = %q, and of that %q", raw, g.First, again.First)
	}
	if (g.Dropped == text.Kept) != (g.First != "" || g.Initials != "") {
		t.Errorf("GivenName(%q) = %+v", raw, g)
	}
	s := text.Surname(raw, "", nil)
	if len(s.Names) > text.MaxSurnames || (s.Dropped == text.Kept) != (len(s.Names) > 0) {
		t.Errorf("Surname(%q) = %+v", raw, s)
	}
	for i, n := range s.Names {
		if n == "" || strings.ContainsAny(n, " -.,'") {
			t.Errorf("Surname(%q) holds %q", raw, n)
		}
		if again := text.Surname(n, "", nil); again.Dropped == text.Kept && again.Names[0] != n {
			t.Errorf("Surname(%q).Names[%d] = %q, and of that %q", raw, i, n, again.Names)
		}
	}
	if p := text.Surname("jansen", s.Prefix, nil).Prefix; p != s.Prefix {
		t.Errorf("Surname(%q).Prefix = %q, and of that %q", raw, s.Prefix, p)
	}
	if text.Sound(text.Fold(raw)) != text.Sound(strings.ToLower(text.Fold(raw))) {
		t.Errorf("Sound of %q depends on case", raw)
	}
	text.SoundOther(text.Fold(raw))
	text.Initials(raw)
	for _, read := range []func(string) (string, text.Dropped){text.Place, func(s string) (string, text.Dropped) {
		pc4, pc6, d := text.Postcode(s)
		return pc4 + pc6[min(len(pc4), len(pc6)):], d
	}} {
		once, d := read(raw)
		if (d == text.Kept) != (once != "") {
			t.Errorf("%q is read as %q, %q", raw, once, d)
		}
		if twice, d := read(once); once != "" && d == text.Kept && twice != once {
			t.Errorf("%q is read as %q, and that as %q", raw, once, twice)
		}
	}
	if n, d := text.Nationality(raw); (d == text.Kept) != (len(n) > 0) {
		t.Errorf("Nationality(%q) = %v, %q", raw, n, d)
	}
	if x, d := text.SexOf(raw); (d == text.Kept) != (x != text.SexUnknown) {
		t.Errorf("SexOf(%q) = %v, %q", raw, x, d)
	}
}

func FuzzNames(f *testing.F) {
	for _, s := range []string{"J. Jansen e/v de Vries", "Berg, van den (geb. 't Hart)", "Ĳ d' 's-x", "v/d v.d. e.v.", "El-Idrissi", "Zoë ÿ ı İ ß", "ӀǅÅ", "1234 ab", "Bergen (L)", "Belg/NL"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if len(raw) < 1000 {
			checkNames(t, raw)
		}
	})
}

func TestNamesTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"van", "den", "der", "v.d.", "'t", "d'", "el", "Jansen", "Berg", "IJ", "J.", "e/v", "geb.", ",", "-", "/", "(", ")", "jr.", "Zoë", "Jansz", "ij", "3", "s", "l'", "Th."}), 1, 7).Draw(t, "parts")
		glue := rapid.SampledFrom([]string{"", " "}).Draw(t, "glue")
		checkNames(t, strings.Join(parts, glue))
	})
}
