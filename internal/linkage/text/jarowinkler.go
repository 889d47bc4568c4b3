package text

import "math/bits"

// JaroWinkler returns the similarity of Jaro (1989), 0 to 1, raised by Winkler (1990) by a tenth of what
// is missing for every letter of a common beginning, up to four, whatever the similarity. Two letters match
// when they are equal and no further apart than half the longer string less one. Letters are bytes: strings
// should be as [Fold] leaves them. Two empty strings are equal; one empty string is
// like nothing.
func JaroWinkler(a, b string) float64 {
	if a == b {
		return 1
	}
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	var j float64
	if len(a) <= 64 && len(b) <= 64 {
		j = jaro(a, b)
	} else {
		j = jaroLong(a, b)
	}
	p := 0
	for p < min(4, len(a), len(b)) && a[p] == b[p] {
		p++
	}
	return j + .1*float64(p)*(1-j)
}

// jaro finds the matches by masks over the letters of b, eight of them at a time, and
// allocates nothing.
func jaro(a, b string) float64 {
	reach := max(max(len(a), len(b))/2-1, 0)
	all := ^uint64(0) >> (64 - len(b))
	window := ^uint64(0) // of the letters within reach of the first one, and those before it
	if span := 2*reach + 1; span < 64 {
		window = 1<<span - 1
	}
	var inA, inB uint64 // matched letters
	if len(b) <= 8 {
		w := load(b)
		for i := 0; i < len(a); i++ {
			found := equal(w, a[i]) & near(window, i, reach) & all &^ inB
			inB |= found & -found
			inA |= (found | -found) >> 63 << (i & 63) // when there is one
		}
	} else {
		var words [8]uint64
		n := 0
		for ; 8*n < len(b); n++ {
			words[n] = load(b[8*n:])
		}
		for i := 0; i < len(a); i++ {
			var found uint64
			for k := range n {
				found |= equal(words[k&7], a[i]) << (8 * k & 63)
			}
			found &= near(window, i, reach) & all &^ inB
			inB |= found & -found
			inA |= (found | -found) >> 63 << (i & 63)
		}
	}
	m := bits.OnesCount64(inA)
	if m == 0 {
		return 0
	}
	out := 0 // letters out of order
	for x, y := inA, inB; x != 0; x, y = x&(x-1), y&(y-1) {
		if a[bits.TrailingZeros64(x)] != b[bits.TrailingZeros64(y)] {
			out++
		}
	}
	return jaroOf(m, out, len(a), len(b))
}

func jaroOf(m, out, a, b int) float64 {
	fm := float64(m)
	return (fm/float64(a) + fm/float64(b) + (fm-float64(out/2))/fm) / 3
}

// near moves the window to the letters within reach of i.
func near(window uint64, i, reach int) uint64 {
	if i >= reach {
		return window << ((i - reach) & 63)
	}
	return window >> ((reach - i) & 63)
}

// load returns up to eight bytes, the first one lowest.
func load(s string) uint64 {
	if len(s) >= 8 {
		return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	}
	if n := len(s); n >= 4 {
		low := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
		t := s[n-4:]
		high := uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24
		return low | high<<(8*(n-4))
	}
	var w uint64
	for i := 0; i < len(s); i++ {
		w |= uint64(s[i]) << (8 * i)
	}
	return w
}

// equal is the mask of the bytes of w that are c.
func equal(w uint64, c byte) uint64 {
	const low = 0x7f7f7f7f7f7f7f7f
	x := w ^ uint64(c)*0x0101010101010101
	x = ^((x&low + low) | x | low) // 0x80 where x is zero
	return x >> 7 * 0x0102040810204080 >> 56
}

// jaroLong has no limit of length.
func jaroLong(a, b string) float64 {
	reach := max(max(len(a), len(b))/2-1, 0)
	inA, inB := make([]bool, len(a)), make([]bool, len(b))
	m := 0
	for i := range len(a) {
		for j := max(0, i-reach); j < min(len(b), i+reach+1); j++ {
			if !inB[j] && a[i] == b[j] {
				inA[i], inB[j] = true, true
				m++
				break
			}
		}
	}
	if m == 0 {
		return 0
	}
	out, j := 0, 0
	for i := range len(a) {
		if !inA[i] {
			continue
		}
		for !inB[j] {
			j++
		}
		if a[i] != b[j] {
			out++
		}
		j++
	}
	return jaroOf(m, out, len(a), len(b))
}
