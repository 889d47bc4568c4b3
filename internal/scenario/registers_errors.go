package scenario

import (
	"math/rand/v2"
	"strings"
)

// Spelling variants, misreadings and neighbouring keys from which typing errors are made.
var (
	spellings = rewritings(`ij=y y=ij ei=ij ij=ei ou=au au=ou ck=k k=ck s=z z=s v=f dt=t d=t ch=g ks=x oe=u th=t c=k ph=f aa=a ee=e ss=s s=ss n=nn l=ll`)
	misread   = rewritings(`m=rn l=i u=v c=e h=b n=u o=a d=cl`)
	keyboard  = map[byte]string{'a': "qsz", 'b': "vghn", 'c': "xdfv", 'd': "serfcx", 'e': "wsdr", 'f': "drtgvc", 'g': "ftyhbv", 'h': "gyujnb", 'i': "ujko",
		'j': "huikmn", 'k': "jiolm", 'l': "kop", 'm': "njk", 'n': "bhjm", 'o': "iklp", 'p': "ol", 'q': "wa", 'r': "edft", 's': "awedxz", 't': "rfgy", 'u': "yhji",
		'v': "cfgb", 'w': "qase", 'x': "zsdc", 'y': "tghu", 'z': "asx"}
)

// Shares of the kinds of typing error, in the order spelling, misreading, neighbouring key, deletion, insertion,
// transposition.
var typoShares = []float64{0.25, 0.08, 0.22, 0.20, 0.13, 0.12}

type rewriting struct{ from, to string }

func rewritings(text string) []rewriting {
	var out []rewriting
	for f := range strings.FieldsSeq(text) {
		a, b, _ := strings.Cut(f, "=")
		out = append(out, rewriting{a, b})
	}
	return out
}

// misspelt is the name with one error. It is never the name itself, and never empty.
func misspelt(name string, rng *rand.Rand) string {
	for {
		var out string
		switch pick(rng, typoShares) {
		case 0:
			out = rewritten(name, spellings, rng)
		case 1:
			out = rewritten(name, misread, rng)
		case 2:
			i := hit(len(name), rng)
			if near := keyboard[name[i]]; near != "" {
				out = name[:i] + near[rng.IntN(len(near)):][:1] + name[i+1:]
			}
		case 3:
			i := hit(len(name), rng)
			out = name[:i] + name[i+1:]
		case 4:
			i := hit(len(name), rng)
			out = name[:i] + string(rune('a'+rng.IntN(26))) + name[i:]
		case 5:
			if len(name) > 1 {
				i := hit(len(name)-1, rng)
				b := []byte(name)
				b[i], b[i+1] = b[i+1], b[i]
				out = string(b)
			}
		}
		if out = strings.TrimSpace(out); out != "" && out != name {
			return out
		}
	}
}

// hit is where an error falls: on the first letter half as often as on any other.
func hit(n int, rng *rand.Rand) int {
	if x := rng.IntN(2*n - 1); x > 0 {
		return (x + 1) / 2
	}
	return 0
}

// rewritten applies one rewriting that fits, somewhere; "" when none does.
func rewritten(name string, rules []rewriting, rng *rand.Rand) string {
	first := rng.IntN(len(rules))
	for n := range rules {
		r := rules[(first+n)%len(rules)]
		if c := strings.Count(name, r.from); c > 0 {
			i := -1
			for range rng.IntN(c) + 1 {
				at := strings.Index(name[i+1:], r.from)
				if at < 0 { // overlapping occurrences
					break
				}
				i += 1 + at
			}
			return name[:i] + r.to + name[i+len(r.from):]
		}
	}
	return ""
}

// chance holds the rates of the errors of one record.
type chance struct{ wrong, missing, moved float64 }

// chances are those of a good record and of a poor one of register k.
func (w *World) chances(k int) (good, poor chance) {
	e, l := w.Design.Errors, w.Design.Lists[k]
	at := func(times float64) chance {
		return chance{wrong: min(1, e.Rate*l.Errors*times), missing: min(1, e.Missing*l.Missing*times), moved: e.Moved}
	}
	rest := 1.0
	if e.Poor < 1 {
		rest = (1 - e.Poor*e.Times) / (1 - e.Poor)
	}
	return at(rest), at(e.Times)
}

// spoil makes the record as it was written down from the true one.
func (w *World) spoil(r *Record, c chance, p *person, rng *rand.Rand) {
	if rng.Float64() < c.wrong {
		switch x := rng.Float64(); {
		case x < 0.15 && w.names.nick[r.Given] != "":
			r.Given = w.names.nick[r.Given]
		case x >= 0.85:
			r.Given = r.Given[:1]
		default:
			r.Given = misspelt(r.Given, rng)
		}
	}
	if rng.Float64() < c.missing {
		r.Given = ""
	}
	if rng.Float64() < c.wrong {
		if rng.Float64() < 0.10 { // mother's, stepfather's, partner's
			s := w.names.surnames[w.names.bySur[p.group].draw(rng)]
			r.Prefix, r.Surname = s.prefix, s.name
		} else {
			r.Surname = misspelt(r.Surname, rng)
		}
	}
	if r.Prefix != "" && rng.Float64() < c.wrong {
		switch rng.IntN(3) {
		case 0:
			r.Prefix = ""
		case 1:
			r.Prefix, r.Surname = "", r.Surname+", "+r.Prefix
		case 2:
			r.Prefix, r.Surname = "", strings.ReplaceAll(r.Prefix, " ", "")+r.Surname
		}
	}
	if rng.Float64() < c.missing/2 {
		r.Prefix, r.Surname = "", ""
	}
	if rng.Float64() < c.wrong {
		r.Birth = misdated(r.Birth, rng)
	}
	switch x := rng.Float64(); {
	case x < c.missing/2:
		r.Birth = Date{}
	case x < c.missing:
		r.Birth = Date{Year: r.Birth.Year}
	}
	switch x := rng.Float64(); {
	case x < c.wrong/10:
		r.Female = !r.Female
	case x < c.wrong/5:
		r.SexUnknown = true
	}
	if rng.Float64() < c.moved {
		r.Place = places[w.place.draw(rng)]
	}
}

// misdated is a birth date with one error.
func misdated(d Date, rng *rand.Rand) Date {
	for {
		out := d
		switch pick(rng, []float64{0.20, 0.35, 0.15, 0.15, 0.15}) {
		case 0:
			out.Day, out.Month = d.Month, d.Day
		case 1:
			out.Day = 1 + rng.IntN(28)
		case 2:
			out.Month = 1 + rng.IntN(12)
		case 3:
			out.Year += []int{-1, 1, -10, 10}[pick(rng, []float64{0.4, 0.4, 0.1, 0.1})]
		case 4:
			out.Day, out.Month = 1, 1
		}
		if out != d && out.valid() {
			return out
		}
	}
}

// words writes a name as registers do: El Idrissi, Sudwest-Fryslan.
func words(name string) string {
	b := []byte(name)
	for i := range b {
		if b[i] == ',' { // a prefix follows
			break
		}
		if b[i] >= 'a' && b[i] <= 'z' && (i == 0 || b[i-1] == ' ' || b[i-1] == '-') {
			b[i] -= 'a' - 'A'
		}
	}
	return string(b)
}
