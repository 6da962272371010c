package document_test

import (
	"reflect"
	"testing"

	"github.com/licet/licet/internal/document"
	"github.com/licet/licet/internal/entity"
)

func hardware(key string) entity.Restriction {
	return entity.Restriction{Name: "Hardware", Properties: map[string]string{"HardwareKey": key}}
}

func TestNodeLockedFillsOrAddsTheHardwareRestriction(t *testing.T) {
	t.Parallel()
	trial := entity.Restriction{Name: "Trial", Properties: map[string]string{"ExpireDays": "30"}}
	withData := entity.Restriction{ID: "h", Name: "Hardware", Properties: map[string]string{"HardwareKey": "", "Data": "x"}}
	filled := entity.Restriction{ID: "h", Name: "Hardware", Properties: map[string]string{"HardwareKey": "M1", "Data": "x"}}
	for _, c := range []struct {
		name     string
		in, want []entity.Restriction
	}{
		{"none", nil, []entity.Restriction{hardware("M1")}},
		{"another kind", []entity.Restriction{trial}, []entity.Restriction{trial, hardware("M1")}},
		{"empty key", []entity.Restriction{withData, trial}, []entity.Restriction{filled, trial}},
		{"no properties", []entity.Restriction{{Name: "Hardware"}}, []entity.Restriction{hardware("M1")}},
		{"this machine", []entity.Restriction{hardware("M1")}, []entity.Restriction{hardware("M1")}},
		{"another machine", []entity.Restriction{hardware("M2")}, []entity.Restriction{hardware("M2"), hardware("M1")}},
	} {
		got := document.NodeLocked(entity.License{Contents: entity.Contents{Restrictions: c.in}}, "M1")
		if !reflect.DeepEqual(got.Restrictions, c.want) {
			t.Errorf("%s: %+v, want %+v", c.name, got.Restrictions, c.want)
		}
	}
}

func TestNodeLockedSharesNothingWithItsParent(t *testing.T) {
	t.Parallel()
	parent := *known(entity.FormatJWS)
	one := int64(1)
	parent.TemplateID, parent.SignatureKeysID, parent.CustomerID, parent.OrderID = &one, &one, &one, &one
	parent.Restrictions[0].Properties["HardwareKey"] = ""
	parent.Template, parent.Customer, parent.Order = &entity.LicenseTemplate{}, &entity.Customer{}, &entity.Order{}
	parent.Revision = 4

	child := document.NodeLocked(parent, "M1")
	if child.ID != 0 || child.UserKey != "" || child.LicenseKey != "" || child.Hash != "" ||
		child.ParentID == nil || *child.ParentID != parent.ID || child.Revision != parent.Revision ||
		child.Template != nil || child.Customer != nil || child.Order != nil {
		t.Errorf("not a new child: %+v", child)
	}
	if got := parent.Restrictions[0].Properties["HardwareKey"]; got != "" || len(parent.Restrictions) != 2 {
		t.Errorf("the parent was locked to %q", got)
	}
	if *child.MaxAllowedSites != 3 || child.LicenseID != parent.LicenseID || !reflect.DeepEqual(child.Fields, parent.Fields) {
		t.Errorf("the child differs: %+v", child)
	}
	if shared := sharedMemory(reflect.ValueOf(parent), reflect.ValueOf(child), "License"); shared != "" {
		t.Errorf("%s is shared", shared)
	}
}

// sharedMemory names the first pointer, map or slice that a and b share.
func sharedMemory(a, b reflect.Value, path string) string {
	switch a.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice:
		if a.IsNil() || b.IsNil() {
			return ""
		}
		if a.Pointer() == b.Pointer() {
			return path
		}
	}
	switch a.Kind() {
	case reflect.Struct:
		for i := range a.NumField() {
			if a.Type().Field(i).IsExported() {
				if shared := sharedMemory(a.Field(i), b.Field(i), path+"."+a.Type().Field(i).Name); shared != "" {
					return shared
				}
			}
		}
	case reflect.Slice:
		for i := range min(a.Len(), b.Len()) {
			if shared := sharedMemory(a.Index(i), b.Index(i), path+"[]"); shared != "" {
				return shared
			}
		}
	}
	return ""
}
