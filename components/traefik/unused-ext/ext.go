// Package ext stands in for a folder of Traefik that its module does not hold: it extends nothing.
package ext

// HTTP adds no field.
type HTTP struct{}

// Router adds no field.
type Router struct{}
