# Dynamic spatial Durbin model of cigarette demand in 46 states of the USA, 1963-1992, by R SDPDmod
# (data: Cigar of plm, usa46 of SDPDmod). Writes data, weights and estimates to the folder given.
# Usage: Rscript dynamic_cigar.R <folder>; exit status 3 if a package is missing.

folder <- commandArgs(trailingOnly = TRUE)[1]
for (name in c("SDPDmod", "plm")) {
  if (!requireNamespace(name, quietly = TRUE)) {
    message("R package ", name, " is not installed")
    quit(status = 3)
  }
}
data("Cigar", package = "plm")
data("usa46", package = "SDPDmod")
W <- SDPDmod::rownor(usa46)
panel <- data.frame(
  state = Cigar$state, year = Cigar$year, logc = log(Cigar$sales),
  logp = log(Cigar$price / Cigar$cpi), logy = log(Cigar$ndi / Cigar$cpi)
)
fit <- SDPDmod::SDPDm(
  formula = logc ~ logp + logy, data = panel, W = W, index = c("state", "year"),
  model = "sdm", effect = "twoways", LYtrans = TRUE, dynamic = TRUE,
  tlaginfo = list(ind = NULL, tl = TRUE, stl = TRUE)
)
corrected <- function(name) {
  value <- fit[[paste0(name, "1")]]
  if (is.null(value)) fit[[name]] else value
}
slopes <- unlist(corrected("coefficients"))
estimates <- data.frame(
  term = c("tau", "eta", "logp", "logy", "W:logp", "W:logy", "rho"),
  estimate = c(as.numeric(slopes)[1:6], as.numeric(corrected("rho")))
)
write.csv(panel, file.path(folder, "panel.csv"), row.names = FALSE)
write.csv(estimates, file.path(folder, "estimates.csv"), row.names = FALSE)
# Rows of usa46 follow the states in the order of their codes.
write.table(W, file.path(folder, "weights.csv"), sep = ",", row.names = FALSE, col.names = FALSE)
