// Package contract carries the contract's own description for those who serve
// it.
package contract

import _ "embed"

// OpenAPI is the OpenAPI v2 document generated from the protos.
//
//go:embed gen/openapi/baoxue.swagger.json
var OpenAPI []byte
