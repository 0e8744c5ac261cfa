package news

import (
	"encoding/csv"
	"os"
	"slices"
	"testing"
	"time"
)

func TestProvinces(t *testing.T) {
	now := Provinces()
	if len(now) != 34 || len(FormerProvinces()) != 63 {
		t.Fatalf("%d provinces and %d former ones", len(now), len(FormerProvinces()))
	}
	var parts []string
	for _, p := range now {
		parts = append(parts, p.Former...)
		for _, f := range p.Former {
			if got, ok := ProvinceOf(f); !ok || (got.Slug != p.Slug && f != got.Slug) {
				t.Errorf("%s went into %s, ProvinceOf says %q", f, p.Slug, got.Slug)
			}
			if got, ok := FormerProvince(f); !ok || got.Successor != p.Slug {
				t.Errorf("the successor of %s is %s, not %q", f, p.Slug, got.Successor)
			}
		}
	}
	slices.Sort(parts)
	if n := len(slices.Compact(parts)); n != 63 {
		t.Errorf("the 34 consist of %d of the 63", n)
	}
	if p, _ := ProvinceOf("bac-lieu"); p.Slug != "ca-mau" || p.Name != "Cà Mau" {
		t.Errorf("Bạc Liêu is in %q", p.Slug)
	}
	if _, ok := ProvinceOf("sai-gon"); ok {
		t.Error("an unknown slug means no province")
	}
	dn, _ := ProvinceOf("dong-nai")
	day := time.Date(2026, 4, 30, 0, 0, 0, 0, time.UTC)
	if dn.TypeAt(day.AddDate(0, 0, -1)) != "tỉnh" || dn.TypeAt(day) != "thành phố trực thuộc trung ương" {
		t.Error("Đồng Nai became a city on 2026-04-30")
	}
}

func TestProvincesAgreeWithTheirSource(t *testing.T) {
	f, err := os.Open("../../shared/vn/provinces.tsv")
	if err != nil {
		t.Skip("shared/vn is not beside the repository")
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes = '\t', true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		if row[0] == "63" {
			if p, ok := FormerProvince(row[1]); !ok || p.Name != row[3] || p.Successor != row[10] {
				t.Errorf("%s: %+v", row[1], p)
			}
		} else if p, ok := ProvinceOf(row[1]); !ok || p.Name != row[3] || p.Region != row[7] {
			t.Errorf("%s: %+v", row[1], p)
		}
	}
}
