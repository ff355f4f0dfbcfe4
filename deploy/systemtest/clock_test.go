package systemtest

import "time"

// beijing is where months begin.
var beijing = time.FixedZone("Asia/Shanghai", 8*60*60)

func now() time.Time { return time.Now().In(beijing) }

func thisMonth() string { return now().Format("2006-01") }
