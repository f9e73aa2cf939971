"""Staff 工作人员: accounts, roles and sessions."""
