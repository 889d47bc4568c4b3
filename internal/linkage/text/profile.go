package text

import "math/bits"

// A Profile is what bounds the similarity of a string with another without either string: 16 bytes
// that lie beside the record.
type Profile struct {
	Letters uint32  // which letters occur, as bits by the low five bits of the byte
	Twice   uint32  // which occur at least twice
	Head    [4]byte // the first bytes, zero beyond the end
	Len     uint8   // 255 stands for that and longer
}

// ProfileOf a string.
func ProfileOf(s string) Profile {
	p := Profile{Len: uint8(min(len(s), 255))}
	copy(p.Head[:], s)
	for i := range len(s) {
		bit := uint32(1) << (s[i] & 31)
		p.Twice |= p.Letters & bit
		p.Letters |= bit
	}
	return p
}

// Far reports that [JaroWinkler] of the strings of a and b is certainly below a threshold. False says nothing.
//
// A letter that occurs in a and not in b, or twice in a and once in b, matches nothing, so that at most
// m = min(|a| − #(a without b), |b| − #(b without a)) letters match; then Jaro is at most (m/|a| + m/|b| + 1)/3, and
// the common beginning is known up to the four letters that count.
func Far(a, b Profile, threshold float64) bool {
	la, lb := int(a.Len), int(b.Len)
	if la == 0 || lb == 0 {
		return threshold > 0 && la != lb
	}
	m := min(la-bits.OnesCount32(a.Letters&^b.Letters)-bits.OnesCount32(a.Twice&^b.Twice),
		lb-bits.OnesCount32(b.Letters&^a.Letters)-bits.OnesCount32(b.Twice&^a.Twice))
	if m <= 0 {
		return threshold > 0 && la < 255 && lb < 255
	}
	j := (float64(m)*(inverse[la]+inverse[lb]) + 1) / 3
	x := uint32(a.Head[0]^b.Head[0]) | uint32(a.Head[1]^b.Head[1])<<8 | uint32(a.Head[2]^b.Head[2])<<16 | uint32(a.Head[3]^b.Head[3])<<24
	p := bits.TrailingZeros32(x) >> 3 // 4 when all are equal
	// Rounding must not reject what lies on the threshold.
	return j+.1*float64(p)*(1-j) < threshold-1e-9 && la < 255 && lb < 255
}

var inverse = func() (t [256]float64) {
	for i := 1; i < len(t); i++ {
		t[i] = 1 / float64(i)
	}
	return t
}()
