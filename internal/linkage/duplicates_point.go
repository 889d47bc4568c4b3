package linkage

import (
	"cmp"
	"container/heap"
	"slices"
)

// agglomerate joins, starting from single records, the two clusters whose union raises the score most, until
// no union raises it.
func (c *component) agglomerate() {
	n := int32(len(c.records))
	var (
		near    = make([]map[int32]bool, n)
		version = make([]int32, n)
		score   = make([]float64, n)
		queue   unionQueue
		fresh   []unionGain
	)
	consider := func(a, b int32) {
		union := slices.Concat(c.members[a], c.members[b])
		slices.Sort(union)
		if gain := c.score(union) - score[a] - score[b]; gain > improvement {
			fresh = append(fresh, unionGain{gain, min(a, b), max(a, b), version[a] + version[b]})
		}
	}
	for i := range n {
		c.of[i], c.members[i] = i, []int32{i}
		near[i] = make(map[int32]bool, len(c.near[i]))
		for _, j := range c.near[i] {
			near[i][j] = true
			if j < i {
				consider(i, j)
			}
		}
	}
	queue, fresh = fresh, nil
	heap.Init(&queue)
	for len(queue) > 0 {
		top := heap.Pop(&queue).(unionGain)
		a, b := top.a, top.b
		if c.members[a] == nil || c.members[b] == nil || version[a]+version[b] != top.version {
			continue
		}
		union := slices.Concat(c.members[a], c.members[b])
		slices.Sort(union)
		c.members[a], c.members[b] = union, nil
		for _, i := range union {
			c.of[i] = a
		}
		version[a] += version[b] + 1
		score[a] = c.score(union)
		delete(near[a], b)
		for k := range near[b] {
			delete(near[k], b)
			if k != a {
				near[k][a], near[a][k] = true, true
			}
		}
		near[b] = nil
		others := make([]int32, 0, len(near[a]))
		for k := range near[a] {
			others = append(others, k)
		}
		slices.Sort(others)
		fresh = fresh[:0]
		for _, k := range others {
			consider(a, k)
		}
		for _, x := range fresh {
			heap.Push(&queue, x)
		}
	}
}

// unionGain is what the union of two clusters would gain, as long as the sum of their versions is the same.
type unionGain struct {
	gain    float64
	a, b    int32
	version int32
}

// unionQueue has the largest gain first, and of equal ones the first places.
type unionQueue []unionGain

func (q unionQueue) Len() int { return len(q) }
func (q unionQueue) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(q[j].gain, q[i].gain), cmp.Compare(q[i].a, q[j].a), cmp.Compare(q[i].b, q[j].b)) < 0
}
func (q unionQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *unionQueue) Push(x any)   { *q = append(*q, x.(unionGain)) }
func (q *unionQueue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}
