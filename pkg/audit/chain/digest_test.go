package chain

import (
	"encoding/hex"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	auditv1 "baoxue.internal/proto/gen/baoxue/audit/v1"
)

// The answers of the standards' own examples: FIPS 180-4 and GB/T 32905-2016,
// both for "abc".
func TestTheDigestsAreTheStandards(t *testing.T) {
	for algorithm, want := range map[Algorithm]string{
		SHA256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		SM3:    "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
	} {
		h := algorithm.new()
		h.Write([]byte("abc"))
		if got := hex.EncodeToString(h.Sum(nil)); got != want {
			t.Errorf("%s: %s", algorithm, got)
		}
	}
}

// An encoding is for ever: what was sealed yesterday must verify tomorrow. The
// digests were computed from the documentation by other tools.
func TestTheEncodingStaysAsItIs(t *testing.T) {
	r := &auditv1.Record{
		Id: "0190a5a4-3c00-7000-8000-000000000001", Service: "ledger", Sequence: 1, Algorithm: string(SHA256),
		OccurTime: timestamppb.New(time.Date(2019, 7, 31, 16, 0, 0, 123456000, time.UTC)),
		ActorId:   "u1", ActorName: "杭州", Address: "192.0.2.1", Action: "entry.assign", ResourceType: "entry", ResourceId: "e1",
		RegionCode: "330106", Outcome: auditv1.Record_OUTCOME_DONE, Reason: "误报", RequestId: "r1",
		Details: map[string]string{"to": "330106", "from": ""},
	}
	const encoding = "01000000066c65646765720000000000000001000000075348412d323536" +
		"0000002430313930613561342d336330302d373030302d383030302d303030303030303030303031" +
		"000000005d41bb0000000000075bca00000000027531" + "00000006e69dade5b79e000000093139322e302e322e31" +
		"0000000c656e7472792e61737369676e00000005656e747279000000026531" + "00000006333330313036" +
		"000000000000000100000006e8afafe68aa5000000027231" + "0000000000000002" + "0000000466726f6d00000000" + "00000002746f00000006333330313036"
	if got := hex.EncodeToString(encode(r)); got != encoding {
		t.Errorf("encoding\n%s", got)
	}
	for algorithm, want := range map[Algorithm]string{
		SHA256: "c2839eac04e26f1e61dd25e3f47a9f774f5059c4933d636cb40de118a1e9ba86",
		SM3:    "e860fde18a1dd3d3fa35f25d56e87e56d91a2faa3bbc3374cc86815204138367",
	} {
		r.Algorithm = string(algorithm)
		digest, err := Digest(nil, r)
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(digest); got != want {
			t.Errorf("%s: %s", algorithm, got)
		}
	}
}

func TestTheSettingNamesTheDigest(t *testing.T) {
	for setting, want := range map[string]Algorithm{"": SHA256, "sha256": SHA256, "sm3": SM3} {
		if got, err := ParseAlgorithm(setting); err != nil || got != want {
			t.Errorf("%q: %s, %v", setting, got, err)
		}
	}
	if _, err := ParseAlgorithm("md5"); err == nil {
		t.Error("md5 is taken")
	}
	if _, err := Digest(nil, &auditv1.Record{Algorithm: "MD5"}); err == nil {
		t.Error("MD5 is computed")
	}
}
