package strand

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestStrandRunsOneAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var crew Crew
		s := New(&crew)
		var got []int
		for i := range 100 {
			s.Post(func() { got = append(got, i) })
		}
		s.Do(func() { got = append(got, 100) })
		for i, n := range got {
			if i != n {
				t.Fatalf("order is %v", got)
			}
		}
		if err := crew.Wait(t.Context()); err != nil || len(got) != 101 {
			t.Errorf("%d ran, %v", len(got), err)
		}
	})
}

func TestCrewWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var crew Crew
		crew.Go(func() { <-time.After(time.Minute) })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := crew.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v", err)
		}
		start := time.Now()
		if err := crew.Wait(t.Context()); err != nil || time.Since(start) != 59*time.Second {
			t.Errorf("waited %v, %v", time.Since(start), err)
		}
	})
}

func TestAlarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var crew Crew
		s := New(&crew)
		a := NewAlarm(s)
		var got []string
		s.Do(func() { a.Set(time.Second, func() { got = append(got, "first") }) })
		s.Do(func() { a.Set(2*time.Second, func() { got = append(got, "second") }) })
		<-time.After(time.Minute)
		s.Do(func() { a.Set(time.Second, func() { got = append(got, "third") }) })
		s.Do(a.Stop)
		<-time.After(time.Minute)
		s.Do(func() {})
		if len(got) != 1 || got[0] != "second" {
			t.Errorf("ran %v", got)
		}
	})
}
