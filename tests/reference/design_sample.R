# The synthetic sample that the reference files share: four strata, 24 PSUs of unequal size, a second
# stage, unequal weights, missing answers, tied values. Numbers are rounded so that JSON holds them exactly.
# PSU and second-stage numbers restart in each stratum and PSU: they mean nothing outside it.

design_sample <- function(seed = 20260101) {
  set.seed(seed, kind = "Mersenne-Twister", normal.kind = "Inversion", sample.kind = "Rejection")
  psus <- c(A = 8, B = 6, C = 6, D = 4)
  frame <- data.frame(stratum = rep(names(psus), psus), psu = unlist(lapply(psus, seq_len)))
  size <- sample(5:16, nrow(frame), replace = TRUE)
  effect <- round(rnorm(nrow(frame), 0, 4), 1)
  second <- sample(4:9, nrow(frame), replace = TRUE)
  d <- frame[rep(seq_len(nrow(frame)), size), ]
  k <- rep(seq_len(nrow(frame)), size)
  n <- nrow(d)
  d$ssu <- unlist(lapply(size, function(m) rep_len(1:4, m)))
  d$sub <- ifelse(d$ssu <= 2, "p", "q")
  d$fpc_psu <- c(A = 40, B = 25, C = 15, D = 12)[d$stratum]
  d$fpc_all <- c(A = 8, B = 25, C = 15, D = 12)[d$stratum]
  d$fpc_ssu <- second[k]
  d$fpc_sub <- ceiling(second[k] / 2)
  d$w <- round(c(A = 12, B = 9, C = 20, D = 15)[d$stratum] * runif(n, 0.6, 1.9), 2)
  d$g <- ifelse(k %% 3 == 0, sample(c("a", "b"), n, TRUE), sample(c("a", "b", "c"), n, TRUE, c(5, 3, 2)))
  d$sex <- sample(c("f", "m"), n, TRUE, c(0.56, 0.44))
  d$age <- sample(c("18-34", "35-54", "55+"), n, TRUE, c(0.3, 0.45, 0.25))
  d$y <- round(50 + effect[k] + 4 * (d$g == "b") + rnorm(n, 0, 8))
  d$x <- round(d$y * 0.8 + rnorm(n, 15, 4), 1)
  d$item <- pmin(5, pmax(1, round(2.6 + effect[k] / 8 - 0.5 * (d$g == "c") + rnorm(n, 0, 1))))
  d$yes <- as.integer(runif(n) < plogis(-0.6 + effect[k] / 8 + 0.8 * (d$sex == "m")))
  for (v in c("y", "x", "item", "yes")) d[[v]][sample(n, round(n * 0.07))] <- NA
  d$g[sample(n, 6)] <- NA
  # One and two PSUs split off into strata of their own: lonely.
  d$lonely1 <- ifelse(d$stratum == "D" & d$psu == 4, "E", d$stratum)
  d$lonely2 <- ifelse(d$stratum == "A" & d$psu == 1, "F", d$lonely1)
  d$one <- 1
  rownames(d) <- NULL
  d
}

# Every respondent a PSU of its own where the design declares none.
rows_as_psu <- function(d) seq_len(nrow(d))

# What a JSON file of this folder is written with: 15 significant digits, NA as null.
write_reference <- function(x, file) {
  jsonlite::write_json(x, file, digits = NA, auto_unbox = TRUE, na = "null", null = "null")
}
