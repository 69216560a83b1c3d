from pilotzone.catalogue.treatments import coding_and_timing, treatment_id


def test_a_treatment_says_how_it_is_coded_and_dated():
    assert coding_and_timing("zone_share__next_year") == ("zone_share", "next_year")
    assert coding_and_timing("zone_first") == ("zone_first", "half_year")
    assert treatment_id(*coding_and_timing("zone_first")) == "zone_first"
