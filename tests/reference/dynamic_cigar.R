# Dynamic spatial Durbin model of cigarette demand in 46 states of the USA, 1963-1992, by R SDPDmod
# (data: Cigar of plm, usa46 of SDPDmod). Writes data, weights and estimates to the folder given.
# Usage: Rscript dynamic_cigar.R <folder>; exit status 3 if a package is missing.
#
# Three columns of estimates: the maximum of the likelihood; the corrected values as printed; and
# the corrected values with all variables multiplied by 10, which must not change an elasticity.
# The last two differ: the program inverts Matrix::nearPD of the information, whose tolerance of
# 1e-6 relative to the entry of sigma2, 1/(2 sigma^4), cuts off information on rho and eta when
# sigma2 is 0.001. With sigma2 = 0.12 nothing is cut off.

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
estimate <- function(scale) {
  scaled <- panel
  scaled[c("logc", "logp", "logy")] <- scale * panel[c("logc", "logp", "logy")]
  SDPDmod::SDPDm(
    formula = logc ~ logp + logy, data = scaled, W = W, index = c("state", "year"),
    model = "sdm", effect = "twoways", LYtrans = TRUE, dynamic = TRUE,
    tlaginfo = list(ind = NULL, tl = TRUE, stl = TRUE)
  )
}
all_terms <- function(fit, suffix) {
  parts <- paste0(c("coefficients", "rho"), suffix)
  as.numeric(c(unlist(fit[[parts[1]]]), fit[[parts[2]]]))
}
printed <- estimate(1)
estimates <- data.frame(
  term = c("tau", "eta", "logp", "logy", "W:logp", "W:logy", "rho"),
  maximum = all_terms(printed, ""),
  printed = all_terms(printed, "1"),
  rescaled = all_terms(estimate(10), "1")
)
write.csv(panel, file.path(folder, "panel.csv"), row.names = FALSE)
write.csv(estimates, file.path(folder, "estimates.csv"), row.names = FALSE)
# Rows of usa46 follow the states in the order of their codes.
write.table(W, file.path(folder, "weights.csv"), sep = ",", row.names = FALSE, col.names = FALSE)
