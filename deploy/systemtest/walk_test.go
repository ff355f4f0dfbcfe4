package systemtest

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"baoxue.internal/pkg/fault"
	"baoxue.internal/pkg/testkit"
	ledgerv1 "baoxue.internal/proto/gen/baoxue/ledger/v1"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
)

// office is who works on the children of a region, with all that it may call.
type office struct {
	region    string
	entries   ledgerv1.LedgerServiceClient
	transfers ledgerv1.TransferServiceClient
	findings  verificationv1.FindingServiceClient
	work      verificationv1.WorkServiceClient
	visits    verificationv1.VisitServiceClient
	legal     verificationv1.LegalStepServiceClient
	reviews   verificationv1.ReviewServiceClient
}

func (s *system) office(t *testing.T, user, region string) *office {
	t.Helper()
	ledger, verification := s.dial(t, "ledger", user), s.dial(t, "verification", user)
	return &office{
		region: region, entries: ledgerv1.NewLedgerServiceClient(ledger), transfers: ledgerv1.NewTransferServiceClient(ledger),
		findings: verificationv1.NewFindingServiceClient(verification), work: verificationv1.NewWorkServiceClient(verification),
		visits: verificationv1.NewVisitServiceClient(verification), legal: verificationv1.NewLegalStepServiceClient(verification),
		reviews: verificationv1.NewReviewServiceClient(verification),
	}
}

// walk is everybody at once, each step by chance: for all that a clerk or a reviewer can do, however little sense it makes.
type walk struct {
	counties, cities []*office
	// children are how many a list shows: few enough to meet one another at.
	children int32
	mu       sync.Mutex
	// done counts what was not refused.
	done map[string]int
}

// step is one that a county takes with a child.
type step func(context.Context, *rand.Rand, *office, *ledgerv1.Entry) error

var steps = map[string]step{
	"finding": submitAny, "correction": correctAny, "visit": visitAny, "duty": completeAny, "follow-up": followUpAny, "tags": tagAny,
	"legal step": stepAny, "withdrawal": withdrawAny, "transfer": transferAny, "answer": answerAny,
}

// often is how often each is taken: findings enough for the rest to be about something, and few enough duties are
// completed for some to be left.
var often = map[string]int{
	"finding": 100, "correction": 20, "visit": 20, "duty": 3, "follow-up": 20, "tags": 20, "legal step": 30, "withdrawal": 15, "transfer": 15, "answer": 15,
}

var weighted = func() (names []string) {
	for _, name := range slices.Sorted(maps.Keys(often)) {
		names = append(names, slices.Repeat([]string{name}, often[name])...)
	}
	return names
}()

// where are the queues in which a step is likely to be allowed; the others are taken with the first of the whole list.
var where = map[string]ledgerv1.Queue{
	"visit": ledgerv1.Queue_QUEUE_PERSUADING, "duty": ledgerv1.Queue_QUEUE_DUTY, "follow-up": ledgerv1.Queue_QUEUE_FOLLOW_UP,
	"legal step": ledgerv1.Queue_QUEUE_PERSUADING, "withdrawal": ledgerv1.Queue_QUEUE_LEGAL,
}

// goBy takes so many steps of one of those who walk.
func (w *walk) goBy(t *testing.T, seed uint64, steps int) {
	ctx, r := testkit.Context(t), rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a walk that can be told again
	for range steps {
		name, err := w.next(ctx, r)
		f := fault.As(err)
		switch {
		case err == nil:
			w.mu.Lock()
			w.done[name]++
			w.mu.Unlock()
		case f == nil || f.Kind == fault.Internal || f.Kind == fault.Unavailable || f.Kind == fault.Deadline || f.Kind == fault.Unimplemented:
			t.Errorf("%s: %v", name, err)
		}
	}
}

// missing are the steps that were refused whenever they were tried.
func (w *walk) missing() (names []string) {
	for _, name := range append(slices.Sorted(maps.Keys(steps)), "review") {
		if w.done[name] == 0 {
			names = append(names, name)
		}
	}
	return names
}

func (w *walk) next(ctx context.Context, r *rand.Rand) (name string, err error) {
	if r.IntN(20) == 0 {
		return "review", reviewAny(ctx, r, one(r, w.cities))
	}
	name = one(r, weighted)
	county := one(r, w.counties)
	listed, err := county.entries.ListEntries(ctx, &ledgerv1.ListEntriesRequest{PageSize: w.children, Queue: where[name]})
	if err != nil || len(listed.GetEntries()) == 0 {
		return "list", err
	}
	return name, steps[name](ctx, r, county, one(r, listed.GetEntries()))
}

func one[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

// anyFinding is sound for any child: all that any code asks for is there.
func anyFinding(r *rand.Rand, county *office, e *ledgerv1.Entry) *verificationv1.SubmitFindingRequest {
	const witness, explanation = "王老师", "已毕业于第一中学，公安机关已确认，入户核查"
	day := now().Format(time.DateOnly)
	request := &verificationv1.SubmitFindingRequest{EntryId: e.GetId(), BaseRevision: e.GetRevision(), RequestId: uuid.NewString()}
	switch r.IntN(3) {
	case 0:
		code := one(r, []string{"B2", "B3", "B4", "B8"})
		request.Form = &verificationv1.SubmitFindingRequest_Enrolled{Enrolled: &verificationv1.EnrolledFinding{
			Code: code, SchoolRegion: map[string]string{"B2": county.region, "B3": "330106", "B4": "310101", "B8": county.region}[code], School: "第一中学",
			Witness: witness, WitnessDate: day, Explanation: explanation, NationalStudentNumber: "G330106200901012345",
		}}
	case 1:
		request.Form = &verificationv1.SubmitFindingRequest_Dropout{Dropout: &verificationv1.DropoutFinding{
			Code: one(r, []string{"A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "B1", "B5", "B6", "B7", "B9", "B10"}), Witness: witness, WitnessDate: day, Explanation: explanation,
		}}
	case 2:
		request.Form = &verificationv1.SubmitFindingRequest_Unconfirmed{Unconfirmed: &verificationv1.UnconfirmedFinding{
			Witness: witness, WitnessDate: day, Explanation: explanation,
		}}
	}
	return request
}

func submitAny(ctx context.Context, r *rand.Rand, county *office, e *ledgerv1.Entry) error {
	_, err := county.findings.SubmitFinding(ctx, anyFinding(r, county, e))
	return err
}

func correctAny(ctx context.Context, r *rand.Rand, county *office, e *ledgerv1.Entry) error {
	request := anyFinding(r, county, e)
	request.Correction = &verificationv1.Correction{Revision: max(1, e.GetRevision()), Reason: "上次填写有误"}
	_, err := county.findings.SubmitFinding(ctx, request)
	return err
}

func visitAny(ctx context.Context, r *rand.Rand, county *office, e *ledgerv1.Entry) error {
	form := &verificationv1.VisitForm{
		Date: now().Format(time.DateOnly), Persuaders: "李老师", Contact: "祖父", Method: verificationv1.VisitMethod_HOME_VISIT, ChildSituation: "在家", FamilySituation: "父母在外",
		Result: verificationv1.VisitResult(1 + r.IntN(4)), //nolint:gosec // one of four
	}
	if r.IntN(2) == 0 {
		form.NextDate = now().AddDate(0, 0, 7).Format(time.DateOnly)
	}
	_, err := county.visits.RecordVisit(ctx, &verificationv1.RecordVisitRequest{EntryId: e.GetId(), Form: form})
	return err
}

func completeAny(ctx context.Context, _ *rand.Rand, county *office, e *ledgerv1.Entry) error {
	_, err := county.work.CompleteDuty(ctx, &verificationv1.CompleteDutyRequest{EntryId: e.GetId(), RecordNumber: "G330106200901012345"})
	return err
}

func followUpAny(ctx context.Context, r *rand.Rand, county *office, e *ledgerv1.Entry) error {
	_, err := county.work.RecordFollowUp(ctx, &verificationv1.RecordFollowUpRequest{
		EntryId: e.GetId(), Date: now().Format(time.DateOnly), InClass: r.IntN(2) == 0, Note: "电话回访",
	})
	return err
}

func tagAny(ctx context.Context, r *rand.Rand, county *office, e *ledgerv1.Entry) error {
	var tags []verificationv1.Tag
	for number := range len(verificationv1.Tag_name) {
		if number > 0 && r.IntN(3) == 0 {
			tags = append(tags, verificationv1.Tag(number)) //nolint:gosec // a small number
		}
	}
	_, err := county.work.SetTags(ctx, &verificationv1.SetTagsRequest{EntryId: e.GetId(), Tags: tags})
	return err
}

func stepAny(ctx context.Context, r *rand.Rand, county *office, e *ledgerv1.Entry) error {
	_, err := county.legal.RecordLegalStep(ctx, &verificationv1.RecordLegalStepRequest{EntryId: e.GetId(), Form: &verificationv1.LegalStepForm{
		Code: one(r, []string{"EDUCATION", "ORDER", "PENALTY"}), Date: now().Format(time.DateOnly), DocumentNumber: "西教改〔2026〕7号", Authority: "教育局",
	}})
	return err
}

func withdrawAny(ctx context.Context, r *rand.Rand, county *office, e *ledgerv1.Entry) error {
	taken, err := county.legal.ListLegalSteps(ctx, &verificationv1.ListLegalStepsRequest{EntryId: e.GetId()})
	if err != nil || len(taken.GetSteps()) == 0 {
		return err
	}
	_, err = county.legal.WithdrawLegalStep(ctx, &verificationv1.WithdrawLegalStepRequest{
		EntryId: e.GetId(), StepId: one(r, taken.GetSteps()).GetId(), Reason: "登记有误",
	})
	return err
}

func transferAny(ctx context.Context, r *rand.Rand, county *office, e *ledgerv1.Entry) error {
	_, err := county.transfers.ProposeTransfer(ctx, &ledgerv1.ProposeTransferRequest{
		EntryId: e.GetId(), CountyCode: one(r, []string{"330106", "330302", "330110"}), Reason: "随父母迁居",
	})
	return err
}

func answerAny(ctx context.Context, r *rand.Rand, county *office, _ *ledgerv1.Entry) error {
	open, err := county.transfers.ListTransfers(ctx, &ledgerv1.ListTransfersRequest{State: ledgerv1.Transfer_OPEN})
	if err != nil || len(open.GetTransfers()) == 0 {
		return err
	}
	id := one(r, open.GetTransfers()).GetId()
	switch r.IntN(4) {
	case 0:
		_, err = county.transfers.RejectTransfer(ctx, &ledgerv1.RejectTransferRequest{Id: id, Reason: "不在本辖区居住"})
	case 1:
		_, err = county.transfers.WithdrawTransfer(ctx, &ledgerv1.WithdrawTransferRequest{Id: id})
	default:
		_, err = county.transfers.AcceptTransfer(ctx, &ledgerv1.AcceptTransferRequest{Id: id})
	}
	return err
}

// reviewAny draws a sample and decides all of it.
func reviewAny(ctx context.Context, r *rand.Rand, city *office) error {
	drawn, err := city.reviews.CreateReviewSample(ctx, &verificationv1.CreateReviewSampleRequest{Size: 3})
	if err != nil {
		return err
	}
	listed, err := city.reviews.ListReviews(ctx, &verificationv1.ListReviewsRequest{SampleId: drawn.GetSample().GetId()})
	if err != nil {
		return err
	}
	for _, review := range listed.GetReviews() {
		seen, err := city.reviews.GetReview(ctx, &verificationv1.GetReviewRequest{Id: review.GetId()})
		if err != nil {
			return err
		}
		revision, code := seen.GetReview().GetRevision(), one(r, []string{"B2", "B3", "B1"})
		if _, err = city.reviews.ConfirmReview(ctx, &verificationv1.ConfirmReviewRequest{Id: review.GetId(), Revision: revision, JudgedCode: code}); fault.Is(err, "REVIEW_DIFFERS") {
			_, err = city.reviews.ReturnReview(ctx, &verificationv1.ReturnReviewRequest{Id: review.GetId(), Revision: revision, JudgedCode: code, Reason: "证据不足"})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
