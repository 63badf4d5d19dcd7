"""SITE, public, on the answers side: the questionnaire, the ballot box, the receipts."""
