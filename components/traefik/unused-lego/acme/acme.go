// Package acme holds what Traefik names of lego's package of that name; no account is ever made.
package acme

import "errors"

// ErrNotBuilt is the answer to each use of ACME: a lab's certificates come from the lab's own authority.
var ErrNotBuilt = errors.New("this build of Traefik has no ACME: name a certificate in a secret")

// Account has no field that Traefik reads.
type Account struct{}

// ExtendedAccount is an account and its address.
type ExtendedAccount struct {
	Account
	Location string
}
