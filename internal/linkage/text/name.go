package text

// A Name is a person's name as it is compared.
type Name struct {
	Given        string
	Middle       []string
	Alternatives []string // other given names the person may be known by
	Initials     string   // of all given names
	Prefix       string
	Surnames     []string // at most [MaxSurnames]
	// Single: the person has one name, which stands for given name and surname.
	Single bool
}

// Whole joins what the fields of a record say about one name. A field of initials adds to
// given names that are not written out. A person has a single name when the same one stands in both fields, or one
// field says that there is none (geen, n.v.t., FNU); a field that is merely empty is missing.
func Whole(g Given, s Surnames, initials string) Name {
	n := Name{Given: g.First, Middle: g.Rest, Alternatives: g.Alternatives, Initials: g.Initials, Prefix: s.Prefix, Surnames: s.Names}
	for _, more := range []string{initials, s.Initials} {
		if len(more) > len(n.Initials) && (n.Initials == "" || more[0] == n.Initials[0]) {
			n.Initials = more
		}
	}
	if n.Prefix == "" {
		n.Prefix = g.Prefix
	}
	if g.First == "" && g.Initials == "" && s.Given != "" {
		behind := GivenName(s.Given)
		n.Given, n.Middle = behind.First, behind.Rest
		if n.Initials == "" {
			n.Initials = behind.Initials
		}
	}
	switch {
	case n.Given == "" && len(n.Surnames) > 0 && g.Dropped == None:
		n.Given, n.Single = n.Surnames[0], true
	case n.Given != "" && len(n.Surnames) == 0 && s.Dropped == None:
		n.Surnames, n.Single = []string{n.Given}, true
	case n.Given != "" && len(n.Middle) == 0 && len(n.Surnames) > 0 && n.Given == n.Surnames[0]:
		n.Single = true
	}
	return n
}
