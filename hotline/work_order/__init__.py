"""WorkOrder 工单: what the base cannot answer, until a seat lawyer has finished it."""
