package client

import "errors"

type seatWire struct {
	UserKey    string `json:"userKey"`
	MachineID  string `json:"machineId"`
	ClientID   string `json:"clientId"`
	ClientName string `json:"clientName"`
}

type tokenWire struct {
	Token      string `json:"licenseToken"`
	MachineID  string `json:"machineId"`
	ClientID   string `json:"clientId"`
	ClientName string `json:"clientName"`
}

// grantWire answers activate and validate with success, request with granted.
type grantWire struct {
	Success           bool    `json:"success"`
	Granted           bool    `json:"granted"`
	Token             string  `json:"licenseToken"`
	ExpiresAt         instant `json:"tokenExpireAt"`
	HeartbeatInterval span    `json:"heartbeatInterval"`
	Active            int64   `json:"activeClientCount"`
	Max               int64   `json:"maxClientCount"`
	License           struct {
		ID               string  `json:"licenseId"`
		Mode             Mode    `json:"licensingMode"`
		ExpiresAt        instant `json:"expireAt"`
		SupportExpiresAt instant `json:"supportExpireAt"`
		Document         octets  `json:"licenseKey"`
	} `json:"license"`
}

func (w grantWire) complete() error {
	if !w.Success && !w.Granted || w.Token == "" {
		return errors.New("the answer grants no seat, yet names no reason")
	}
	return nil
}

type countsWire struct {
	LicenseID string `json:"licenseId"`
	Active    int64  `json:"activeClientCount"`
	Max       int64  `json:"maxClientCount"`
}

func (w countsWire) complete() error {
	if w.LicenseID == "" {
		return errors.New("the answer names no license")
	}
	return nil
}

type beatWire struct {
	Active            bool    `json:"active"`
	ActiveClients     int64   `json:"activeClientCount"`
	Max               int64   `json:"maxClientCount"`
	ExpiresAt         instant `json:"tokenExpireAt"`
	HeartbeatInterval span    `json:"heartbeatInterval"`
}

func (w beatWire) complete() error {
	if !w.Active {
		return errors.New("the answer confirms no seat, yet names no reason")
	}
	return nil
}

type infoWire struct {
	ID               string      `json:"licenseId"`
	Mode             Mode        `json:"licensingMode"`
	Revoked          bool        `json:"revoked"`
	Active           int64       `json:"activeClientCount"`
	Max              int64       `json:"maxClientCount"`
	IssuedAt         instant     `json:"issuedAt"`
	ExpiresAt        instant     `json:"expireAt"`
	SupportExpiresAt instant     `json:"supportExpireAt"`
	Tokens           []heldToken `json:"licenseTokens"`
}

type heldToken struct {
	Token         string  `json:"token"`
	LicenseID     string  `json:"licenseId"`
	Revoked       bool    `json:"revoked"`
	ClientID      string  `json:"clientId"`
	ClientAddr    string  `json:"clientAddr"`
	ClientName    string  `json:"clientName"`
	MachineID     string  `json:"machineId"`
	IssuedAt      instant `json:"issuedAt"`
	ExpiresAt     instant `json:"expireAt"`
	LastHeartbeat instant `json:"lastHearbeat"` // spelled as published
}

func (w infoWire) complete() error {
	if w.ID == "" {
		return errors.New("the answer names no license")
	}
	return nil
}
