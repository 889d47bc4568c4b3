package linkage

import (
	"strings"
	"unicode"
)

func textFold(s string) string {
	var b strings.Builder
	space := false
	for _, r := range strings.ToLower(s) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			if space && b.Len() > 0 {
				b.WriteByte(' ')
			}
			space = false
			b.WriteRune(r)
		} else {
			space = true
		}
	}
	return b.String()
}

func textSound(s string) string {
	s = strings.ReplaceAll(s, " ", "")
	r := strings.NewReplacer("sch", "sg", "ij", "E", "ei", "E", "ey", "E", "ai", "E", "ou", "O", "au", "O", "oe", "U", "ui", "Y", "uy", "Y", "eu", "Q", "ie", "I", "ck", "k", "ch", "g", "gh", "g", "ph", "f", "th", "t", "dt", "t", "tz", "s", "sz", "s", "x", "ks", "qu", "kw", "ae", "a", "aa", "a", "ee", "e", "oo", "o", "uu", "u")
	s = r.Replace(s)
	var out []byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch c {
		case 'y':
			c = 'E'
		case 'i':
			c = 'I'
		case 'z':
			c = 's'
		case 'v':
			c = 'f'
		case 'q':
			c = 'k'
		case 'c':
			c = 'k'
			if i+1 < len(s) && (s[i+1] == 'e' || s[i+1] == 'i' || s[i+1] == 'y') {
				c = 's'
			}
		case 'h':
			if i > 0 {
				continue
			}
		}
		if len(out) > 0 && out[len(out)-1] == c {
			continue
		}
		out = append(out, c)
	}
	if n := len(out); n > 0 {
		if out[n-1] == 'd' {
			out[n-1] = 't'
		}
		if out[n-1] == 'b' {
			out[n-1] = 'p'
		}
	}
	return string(out)
}

func textJaroWinkler(a, b string) float64 {
	la, lb := len(a), len(b)
	if la == 0 || lb == 0 {
		return 0
	}
	w := max(la, lb)/2 - 1
	if w < 0 {
		w = 0
	}
	if la > 64 || lb > 64 {
		a, b = a[:min(la, 64)], b[:min(lb, 64)]
		la, lb = len(a), len(b)
	}
	var ma, mb uint64
	m := 0
	for i := 0; i < la; i++ {
		for j := max(0, i-w); j < min(lb, i+w+1); j++ {
			if mb>>j&1 == 0 && a[i] == b[j] {
				ma |= 1 << i
				mb |= 1 << j
				m++
				break
			}
		}
	}
	if m == 0 {
		return 0
	}
	t, j := 0, 0
	for i := 0; i < la; i++ {
		if ma>>i&1 == 1 {
			for mb>>j&1 == 0 {
				j++
			}
			if a[i] != b[j] {
				t++
			}
			j++
		}
	}
	f := float64(m)
	x := (f/float64(la) + f/float64(lb) + (f-float64(t)/2)/f) / 3
	p := 0
	for p < 4 && p < la && p < lb && a[p] == b[p] {
		p++
	}
	return x + .1*float64(p)*(1-x)
}
