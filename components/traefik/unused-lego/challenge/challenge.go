// Package challenge has the interface of challenges that Traefik implements.
package challenge

import "context"

// Provider presents a challenge and cleans up after it.
type Provider interface {
	Present(ctx context.Context, domain, token, keyAuth string) error
	CleanUp(ctx context.Context, domain, token, keyAuth string) error
}
