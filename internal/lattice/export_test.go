package lattice

// ExamineInRationals is Examine by way of rational numbers of any size.
func (f *Fitter) ExamineInRationals(terms []uint32) Examination {
	f.prepare(terms)
	x := Examination{Status: f.examineBig(), Infinite: f.Infinite()}
	for _, w := range f.exam.forced {
		x.Impossible = append(x.Impossible, uint32(w))
	}
	x.Undetermined = append(x.Undetermined, f.exam.loose...)
	return x
}
