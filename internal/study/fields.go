package study

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"darkfigure/internal/linkage"
)

// recognise takes the columns of a register that names none by what they are called: those whose meaning is known go by the name
// of the field, the others by their own. used are columns that are something else.
func (c *columns) recognise(header []string, used []int) {
	names := make([]string, len(header))
	for i, h := range header {
		if !slices.Contains(used, i) && !slices.Contains(ignored, strings.ToLower(strings.TrimSpace(h))) {
			names[i] = h
		}
	}
	taken := map[string]bool{}
	add := func(field string, at int) {
		if field == "" || taken[field] {
			field = strings.ToLower(strings.TrimSpace(header[at]))
		}
		if taken[field] {
			return
		}
		taken[field] = true
		c.fields, c.at = append(c.fields, field), append(c.at, at)
	}
	for _, f := range linkage.FieldsFor(names) {
		for _, col := range f.Columns {
			add(known(f, col.Part, header[col.At]), col.At)
		}
	}
}

// known is the field of a column by the kind of what it holds; "" when it has no name of its own.
func known(f linkage.Field, p linkage.Part, column string) string {
	switch p {
	case linkage.Prefix:
		return "prefix"
	case linkage.Initials:
		return "initials"
	case linkage.Year:
		return "birth_year"
	case linkage.Month:
		return "birth_month"
	case linkage.Day:
		return "birth_day"
	}
	low := strings.ToLower(column)
	switch f.Kind {
	case linkage.Given:
		return "given_name"
	case linkage.Surname:
		return "surname"
	case linkage.Sex:
		return "sex"
	case linkage.Postcode:
		return "postcode"
	case linkage.Date:
		if strings.Contains(low, "birth") || strings.Contains(low, "geb") || strings.Contains(low, "dob") {
			return "birth_date"
		}
	}
	return ""
}

// compared are the fields that records are compared on, and the names of the values they are made of: those of the study
// file, else every field that two records can agree on because they are of one person. Left out are what goes with being on a
// list more than with being a person (nationality, date of contact), an age where the date of birth is
// known, and groups to estimate by that no study compares.
func (s *Study) compared(all []*Records) (fields []linkage.Field, values []string, err error) {
	var names []string
	for _, r := range all {
		for _, f := range r.Fields {
			if !slices.Contains(names, f) {
				names = append(names, f)
			}
		}
	}
	rank := func(f string) int {
		if i := slices.Index(Fields, f); i >= 0 {
			return i
		}
		return len(Fields)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(rank(a)-rank(b), cmp.Compare(a, b)) })
	born := slices.ContainsFunc(names, func(f string) bool { return strings.HasPrefix(f, "birth_") })
	kind := map[string]string{}
	for _, c := range s.Linking.Compare {
		kind[c.Field] = c.Kind
	}
	part := map[string]string{"prefix": "surname", "initials": "given_name", "birth_year": "birth_date", "birth_month": "birth_date", "birth_day": "birth_date"}
	for _, f := range names {
		use := true
		if len(kind) > 0 {
			_, use = kind[f]
			_, whole := kind[part[f]]
			use = use || whole
		} else {
			switch {
			case f == "nationality" || f == "first_contact":
				use = false
			case f == "age":
				use = !born
			case rank(f) == len(Fields):
				use = !slices.Contains(s.Estimate.By, f) && !slices.Contains(s.Estimate.Covariates, f)
			}
		}
		if use {
			values = append(values, f)
		}
	}
	fields = linkage.FieldsFor(values)
	for i := range fields {
		name := fields[i].Name
		k, given := kind[name]
		if s.inColumns(name) {
			if given && k != "keys" {
				return nil, nil, fmt.Errorf("%s is in several columns of a register: only keys are, so compare it as {%s: keys}", name, name)
			}
			k, given = "keys", true
		}
		if !given {
			if fields[i].Kind == linkage.Text && hashed(all, name) {
				return nil, nil, fmt.Errorf("%s holds hashes or Bloom filters: say which, with compare: {%s: keys} or {%s: dice}, and name the other fields to compare there", name, name, name)
			}
			continue
		}
		if fields[i].Kind, err = kindFor(fields[i], k); err != nil {
			return nil, nil, err
		}
	}
	return joinKeys(fields), values, nil
}

// inColumns reports whether a register has the field in several columns.
func (s *Study) inColumns(field string) bool {
	return slices.ContainsFunc(s.Registers, func(r Register) bool {
		return slices.ContainsFunc(r.Columns, func(c Column) bool { return c.Field == field && len(c.More) > 0 })
	})
}

// hashDigits are those of hexadecimal numbers and base64.
const hashDigits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/-_="

// hashed reports whether all values of a field are long numbers in hexadecimal or base64, which mean nothing as words.
func hashed(all []*Records, field string) bool {
	some := false
	for _, r := range all {
		at := slices.Index(r.Fields, field)
		if at < 0 {
			continue
		}
		for _, values := range r.Values {
			v := values[at]
			if v == "" {
				continue
			}
			if len(v) < 32 || strings.Trim(v, hashDigits) != "" {
				return false
			}
			some = true
		}
	}
	return some
}

// joinKeys makes one comparison of all fields of keys, at the place of the first. The keys of a person are made of the same names and dates, so that
// one error makes several differ: as fields of their own they would count as evidence several times.
func joinKeys(fields []linkage.Field) []linkage.Field {
	first := slices.IndexFunc(fields, func(f linkage.Field) bool { return f.Kind == linkage.Keys })
	if first < 0 {
		return fields
	}
	out := slices.Clone(fields[:first+1])
	for _, f := range fields[first+1:] {
		if f.Kind != linkage.Keys {
			out = append(out, f)
			continue
		}
		out[first].Name += "/" + f.Name
		out[first].Columns = append(slices.Clone(out[first].Columns), f.Columns...)
	}
	return out
}

// kindFor is the kind of comparison that a study file asks for by a plain word.
func kindFor(f linkage.Field, word string) (linkage.Kind, error) {
	switch {
	case word == "name" && (f.Kind == linkage.Given || f.Kind == linkage.Surname),
		word == "place" && f.Kind == linkage.Postcode,
		word == "exact" && f.Kind == linkage.Sex:
		return f.Kind, nil
	}
	return linkage.ParseKind(word)
}
