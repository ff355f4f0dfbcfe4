package rest

import (
	"net/http"
	"net/url"

	"github.com/grpc-ecosystem/grpc-gateway/v2/utilities"
	"google.golang.org/protobuf/proto"
)

// asked reads the request's query into req; false when it has answered that it cannot.
func (a answers) asked(w http.ResponseWriter, r *http.Request, req proto.Message) bool {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		a.misrouted(w, r, http.StatusBadRequest)
		return false
	}
	return a.read(w, r, query, req)
}

// read is asked with a query that is there already.
func (a answers) read(w http.ResponseWriter, r *http.Request, query url.Values, req proto.Message) bool {
	if err := (queryParser{}).Parse(req, query, utilities.NewDoubleArray(nil)); err != nil {
		a.fail(w, r, badQuery(err))
		return false
	}
	return true
}
