package linkage

import (
	"cmp"
	"slices"
)

// hashOrder is every record by hash, then register, then index: an order that does not depend on that of the files. It
// must not be changed.
func hashOrder(rows Rows) []int32 {
	if r, ok := rows.(*Records); ok {
		r.ordered.Do(func() { r.order = sortedByHash(r) })
		return r.order
	}
	return sortedByHash(rows)
}

// radixFrom is how many records are sorted by radix at the least.
const radixFrom = 4096

func sortedByHash(rows Rows) []int32 {
	n := rows.Len()
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	compare := func(a, b int32) int {
		return cmp.Or(cmp.Compare(rows.Hash(int(a)), rows.Hash(int(b))), cmp.Compare(rows.Register(int(a)), rows.Register(int(b))), cmp.Compare(a, b))
	}
	if n < radixFrom {
		slices.SortFunc(order, compare)
		return order
	}
	// The high 32 bits by two passes of 16; the few records that they leave together are compared.
	type item struct {
		high uint32
		id   int32
	}
	items, other := make([]item, n), make([]item, n)
	for i := range items {
		items[i] = item{uint32(rows.Hash(i) >> 32), int32(i)}
	}
	for _, shift := range []int{0, 16} {
		var start [1 << 16]int32
		for _, x := range items {
			start[uint16(x.high>>shift)]++
		}
		var at int32
		for k := range start {
			start[k], at = at, at+start[k]
		}
		for _, x := range items {
			k := uint16(x.high >> shift)
			other[start[k]] = x
			start[k]++
		}
		items, other = other, items
	}
	for r, x := range items {
		order[r] = x.id
	}
	for i := 0; i < n; {
		j := i + 1
		for j < n && items[j].high == items[i].high {
			j++
		}
		if j > i+1 {
			slices.SortFunc(order[i:j], compare)
		}
		i = j
	}
	return order
}

// ranks are the places of the records in an order.
func ranks(order []int32) []int32 {
	rank := make([]int32, len(order))
	for r, i := range order {
		rank[i] = int32(r)
	}
	return rank
}
