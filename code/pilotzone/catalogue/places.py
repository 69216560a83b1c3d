"""Codes of provinces and cities that samples and tables single out."""

TIBET = "540000"
ZHEJIANG = "330000"
MUNICIPALITIES = ("110000", "120000", "310000", "500000")
# Cities with the administrative rank of a deputy province.
SUB_PROVINCIAL = (
    *("210100", "210200", "220100", "230100", "320100", "330100", "330200", "350200"),
    *("370100", "370200", "420100", "440100", "440300", "510100", "610100"),
)
# Provinces of the cross-border e-commerce service pilots of 2012-2015, before the zones; the
# cities stand in data/raw/policies/service_pilots.csv.
SERVICE_PILOTS = ("120000", "310000", "330000", "410000", "440000", "500000")
