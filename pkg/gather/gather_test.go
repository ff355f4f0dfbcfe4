package gather_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"baoxue.internal/pkg/gather"
	"baoxue.internal/pkg/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// question is about a key; bad fails every batch that it is in.
type question struct {
	key string
	n   int
	bad bool
}

var errBad = errors.New("bad")

// held is a gatherer whose batches wait until they are let go.
type held struct {
	*gather.Gatherer[question, int]
	begun chan []question
	letGo chan struct{}
}

func hold(workers, most int) *held { return holdFor(workers, most, 0) }

func holdFor(workers, most, enough int) *held {
	h := &held{begun: make(chan []question, 1000), letGo: make(chan struct{})}
	h.Gatherer = gather.New(gather.Options[question, int]{
		Workers: workers, Enough: enough, Most: most, Within: time.Minute, Key: func(q question) string { return q.key },
		Do: func(_ context.Context, batch []question) ([]gather.Answer[int], error) {
			h.begun <- batch
			<-h.letGo
			answers := make([]gather.Answer[int], len(batch))
			for i, q := range batch {
				if q.bad {
					return nil, errBad
				}
				answers[i].Value = q.n
			}
			return answers, nil
		},
	})
	return h
}

// askAll asks in the background; the answers come when the group is done.
func (h *held) askAll(ctx context.Context, questions ...question) (answers []gather.Answer[int], wait func()) {
	answers = make([]gather.Answer[int], len(questions))
	done := make(chan struct{})
	go func() {
		copy(answers, h.DoAll(ctx, questions))
		close(done)
	}()
	return answers, func() { <-done }
}

func TestWhatWaitsIsDoneTogetherUpToTheMost(t *testing.T) {
	h := hold(1, 3)
	_, first := h.askAll(t.Context(), question{key: "a"})
	<-h.begun
	var rest []question
	for i := range 5 {
		rest = append(rest, question{key: fmt.Sprint(i), n: i})
	}
	answers, others := h.askAll(t.Context(), rest...)
	h.letGo <- struct{}{}
	first()
	// They may have come while the first was being answered, one by one or together.
	for done := 0; done < 5; {
		batch := <-h.begun
		if len(batch) > 3 {
			t.Fatalf("a batch of %d", len(batch))
		}
		done += len(batch)
		h.letGo <- struct{}{}
	}
	others()
	for i, a := range answers {
		if a.Err != nil || a.Value != i {
			t.Errorf("answer %d is %+v", i, a)
		}
	}
}

func TestAnotherWorkerBeginsWhenEnoughWait(t *testing.T) {
	h := holdFor(2, 10, 3)
	_, first := h.askAll(t.Context(), question{n: 1})
	<-h.begun
	_, two := h.askAll(t.Context(), question{n: 2}, question{n: 3})
	_, rest := h.askAll(t.Context(), question{n: 4}, question{n: 5})
	if batch := <-h.begun; len(batch) != 4 {
		t.Fatalf("%+v began", batch)
	}
	// Who comes now finds both busy; one of them takes it, though it is not enough.
	_, last := h.askAll(t.Context(), question{n: 6})
	close(h.letGo)
	for _, wait := range []func(){first, two, rest, last} {
		wait()
	}
}

func TestASecondQuestionOfAKeyWaitsForTheFirst(t *testing.T) {
	h := hold(2, 10)
	answers, wait := h.askAll(t.Context(), question{key: "a", n: 1}, question{key: "a", n: 2}, question{key: "b", n: 3})
	if batch := <-h.begun; len(batch) != 2 || batch[0].n != 1 || batch[1].n != 3 {
		t.Fatalf("the first batch is %+v", batch)
	}
	// Another worker is free, and may serve any other key but this one.
	other, otherWait := h.askAll(t.Context(), question{key: "c", n: 4})
	if batch := <-h.begun; len(batch) != 1 || batch[0].n != 4 {
		t.Fatalf("beside it %+v", batch)
	}
	h.letGo <- struct{}{}
	h.letGo <- struct{}{}
	if batch := <-h.begun; len(batch) != 1 || batch[0].n != 2 {
		t.Fatalf("the last batch is %+v", batch)
	}
	h.letGo <- struct{}{}
	wait()
	otherWait()
	if answers[1].Value != 2 || other[0].Value != 4 {
		t.Errorf("%+v, %+v", answers, other)
	}
}

func TestOneBadQuestionFailsNoOther(t *testing.T) {
	h := hold(1, 10)
	close(h.letGo)
	answers, wait := h.askAll(t.Context(), question{n: 1}, question{n: 2, bad: true}, question{n: 3})
	wait()
	if answers[0].Value != 1 || answers[0].Err != nil || !errors.Is(answers[1].Err, errBad) || answers[2].Value != 3 || answers[2].Err != nil {
		t.Errorf("%+v", answers)
	}
}

func TestWhoLeavesTheQueueIsNotServed(t *testing.T) {
	h := hold(1, 1)
	_, first := h.askAll(t.Context(), question{key: "a"})
	<-h.begun
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := h.Do(gone, question{key: "b"}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	answers, last := h.askAll(t.Context(), question{key: "c", n: 7})
	h.letGo <- struct{}{}
	first()
	if batch := <-h.begun; batch[0].key != "c" {
		t.Errorf("served %+v", batch)
	}
	h.letGo <- struct{}{}
	last()
	if answers[0].Value != 7 {
		t.Errorf("%+v", answers)
	}
}

func TestWhoLeavesAFailingBatchIsNotTriedAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := hold(1, 10)
		_, first := h.askAll(t.Context(), question{key: "a"})
		<-h.begun
		gone, leave := context.WithCancel(t.Context())
		_, left := h.askAll(gone, question{key: "b", bad: true})
		answers, last := h.askAll(t.Context(), question{key: "c", n: 7})
		synctest.Wait()
		h.letGo <- struct{}{}
		first()
		if batch := <-h.begun; len(batch) != 2 {
			t.Errorf("served %+v", batch)
		}
		leave()
		left()
		h.letGo <- struct{}{}
		if batch := <-h.begun; batch[0].key != "c" {
			t.Errorf("served %+v", batch)
		}
		h.letGo <- struct{}{}
		last()
		if answers[0].Value != 7 {
			t.Errorf("%+v", answers)
		}
	})
}

func TestAPanicIsAnError(t *testing.T) {
	g := gather.New(gather.Options[int, int]{Workers: 1, Most: 1, Within: time.Minute, Do: func(context.Context, []int) ([]gather.Answer[int], error) {
		panic("no")
	}})
	if _, err := g.Do(t.Context(), 1); err == nil {
		t.Error("no error")
	}
	if _, err := g.Do(t.Context(), 1); err == nil {
		t.Error("the worker did not outlive it")
	}
}
