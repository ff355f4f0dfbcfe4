package demoledger

// Spoil names one way a row differs from a clean one.
type Spoil string

// The kinds. Each is defined by what stands in the cells, in README.md, so that
// a reader of the workbook alone can find exactly the rows the record names.
const (
	IDChecksum   Spoil = "ID_CHECKSUM"
	IDLostDigits Spoil = "ID_LOST_DIGITS"
	IDMissing    Spoil = "ID_MISSING"
	IDTooShort   Spoil = "ID_TOO_SHORT"
	IDOld15      Spoil = "ID_OLD15"
	IDElsewhere  Spoil = "ID_ELSEWHERE"

	BirthMismatch Spoil = "BIRTH_MISMATCH"
	BirthMissing  Spoil = "BIRTH_MISSING"

	RegionAbolishedOne  Spoil = "REGION_ABOLISHED_ONE"
	RegionAbolishedMany Spoil = "REGION_ABOLISHED_MANY"
	RegionCityLevel     Spoil = "REGION_CITY_LEVEL"
	RegionUnknown       Spoil = "REGION_UNKNOWN"
	RegionMissing       Spoil = "REGION_MISSING"
	RegionOtherProvince Spoil = "REGION_OTHER_PROVINCE"

	NameMissing Spoil = "NAME_MISSING"
	NameSpaces  Spoil = "NAME_SPACES"
	FullWidth   Spoil = "FULLWIDTH"

	Duplicate            Spoil = "DUPLICATE"
	DuplicateOtherSource Spoil = "DUPLICATE_OTHER_SOURCE"

	DateAsSerial       Spoil = "DATE_AS_SERIAL"
	DateAsTextVariants Spoil = "DATE_AS_TEXT_VARIANTS"

	PhoneOdd Spoil = "PHONE_ODD"
)

// Share is the part of all rows that carries a kind. It is an expectation: a
// ledger of N rows has about N*Part of them, the record says which.
type Share struct {
	Kind Spoil
	Part float64
}

// shares is the one table of kinds; its order is the order kinds are listed in.
var shares = [...]Share{
	{IDChecksum, 0.015},
	{IDLostDigits, 0.010},
	{IDMissing, 0.020},
	{IDTooShort, 0.005},
	{IDOld15, 0.003},
	{IDElsewhere, 0.095},
	{BirthMismatch, 0.020},
	{BirthMissing, 0.007},
	{RegionAbolishedOne, 0.020},
	{RegionAbolishedMany, 0.005},
	{RegionCityLevel, 0.008},
	{RegionUnknown, 0.004},
	{RegionMissing, 0.010},
	{RegionOtherProvince, 0.005},
	{NameMissing, 0.002},
	{NameSpaces, 0.025},
	{FullWidth, 0.015},
	{Duplicate, 0.015},
	{DuplicateOtherSource, 0.012},
	{DateAsSerial, 0.040},
	{DateAsTextVariants, 0.050},
	{PhoneOdd, 0.020},
}

// Shares returns every kind with its documented share, in listing order.
func Shares() []Share {
	out := shares
	return out[:]
}

func part(kind Spoil) float64 {
	for _, s := range shares {
		if s.Kind == kind {
			return s.Part
		}
	}
	return 0
}
